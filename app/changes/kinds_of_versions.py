"""Rows of the table of changes: versions, addresses, and who may call."""

from __future__ import annotations

from typing import Final

from app.changes.kinds import CREDENTIAL, REMOVE, RENAME, TELL, VERSION, Kind

VERSIONS: Final[tuple[Kind, ...]] = (
    Kind("version-added", "safe", "version", "Added", "the version is new", "Nobody has to use it."),
    Kind(
        "version-published",
        "safe",
        "version",
        "Changed",
        "the version is no draft any more: it is {now}",
        "A draft promised nothing; from here on the document is a promise.",
    ),
    Kind(
        "version-withdrawn",
        "breaking",
        "version",
        "Changed",
        "the version is a draft again, was {was}",
        "A promise is taken back; whatever follows would pass as a change of a draft.",
        "Keep its status, and open a draft as a new version.",
    ),
    Kind(
        "version-ended",
        "safe",
        "version",
        "Removed",
        "the version is shut down; its document said: {was}",
        "Its document has said so, and the day is past.",
    ),
    Kind(
        "version-shut-down",
        "breaking",
        "version",
        "Removed",
        "the version is shut down, and its document said: {was}",
        "Callers were told another day, or none. A retired version answers 410.",
        "Set `sunset_on`, publish that, and shut it down after the day.",
    ),
    Kind(
        "version-deprecated",
        "safe",
        "version",
        "Deprecated",
        "the version is deprecated",
        "It answers as before, and says so in `Deprecation`.",
    ),
    Kind(
        "version-reinstated",
        "safe",
        "version",
        "Changed",
        "the version is not deprecated any more",
        "More is promised.",
    ),
    Kind(
        "sunset-announced",
        "safe",
        "version",
        "Deprecated",
        "the version will be shut down on {now}",
        "Until then it answers as before. GitHub calls this advance notice.",
    ),
    Kind(
        "sunset-brought-forward",
        "breaking",
        "version",
        "Deprecated",
        "the version will be shut down on {now}, was {was}",
        "Callers have planned with the later day.",
        "Keep the day.",
    ),
    Kind("sunset-put-off", "safe", "version", "Changed", "the sunset is {now}, was {was}", "More is promised."),
    Kind(
        "sunset-withdrawn", "safe", "version", "Changed", "there is no sunset any more, was {was}", "More is promised."
    ),
    Kind(
        "marked-deprecated", "safe", "version", "Deprecated", "{subject} is marked as deprecated", "It works as before."
    ),
    Kind(
        "mark-lifted",
        "safe",
        "version",
        "Changed",
        "{subject} is not marked as deprecated any more",
        "It works as before.",
    ),
)

PATHS: Final[tuple[Kind, ...]] = (
    Kind("path-removed", "breaking", "path", "Removed", "{subject} is gone", "Callers get 404.", REMOVE),
    Kind(
        "path-renamed",
        "breaking",
        "path",
        "Changed",
        "{was} is now {now}",
        "Callers of the old address get 404.",
        RENAME,
    ),
    Kind("path-added", "safe", "path", "Added", "{subject} is new", "Nobody calls it yet."),
    Kind("operation-removed", "breaking", "path", "Removed", "{subject} is gone", "Callers get 405.", VERSION),
    Kind("operation-added", "safe", "path", "Added", "{subject} is new", "Nobody calls it yet."),
    Kind(
        "key-renamed",
        "breaking",
        "path",
        "Changed",
        "the part {was} of the address is called {now}",
        "If it is another field, the same address leads to another item, or to none; and the document cannot tell whether it is.",
        RENAME,
    ),
    Kind(
        "generated-name-changed",
        "risky",
        "path",
        "Changed",
        "{subject} is now {now}, was {was}",
        "Nothing is different on the wire; generated clients name functions, modules and classes after it.",
        TELL,
    ),
    Kind(
        "server-changed",
        "risky",
        "path",
        "Changed",
        "the server is {now}, was {was}",
        "Clients that take the address from the document go elsewhere.",
        TELL,
    ),
)

ACCESS: Final[tuple[Kind, ...]] = (
    Kind(
        "credential-required",
        "breaking",
        "credential",
        "Security",
        "callers need a credential",
        "Callers without one get 401.",
        CREDENTIAL,
    ),
    Kind(
        "credential-lifted", "safe", "credential", "Security", "callers need no credential", "Who sends one is served."
    ),
    Kind(
        "credential-removed",
        "breaking",
        "credential",
        "Security",
        "the credential {subject} is not taken any more",
        "Who has no other gets 401.",
        CREDENTIAL,
    ),
    Kind(
        "credential-added",
        "safe",
        "credential",
        "Security",
        "the credential {subject} is taken too",
        "The old ones are taken.",
    ),
    Kind(
        "credential-changed",
        "breaking",
        "credential",
        "Security",
        "the credential {subject} is sent as {now}, was {was}",
        "What is sent the old way is not seen.",
        CREDENTIAL,
    ),
    Kind(
        "scope-added",
        "breaking",
        "access",
        "Security",
        "the scope {subject} is asked for",
        "Callers without it get 403.",
        VERSION,
    ),
    Kind(
        "scope-removed", "safe", "access", "Security", "the scope {subject} is not asked for", "Who has it is served."
    ),
    Kind(
        "field-scope-added",
        "breaking",
        "access",
        "Security",
        "{subject} is there with the scope {now} alone",
        "For callers without it the field is gone.",
        VERSION,
    ),
    Kind(
        "field-scope-removed",
        "safe",
        "access",
        "Security",
        "{subject} is there without the scope {was}",
        "Who has it is served.",
    ),
)
