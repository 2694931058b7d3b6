"""The table of settings: what is read from the environment, and what is refused."""

from __future__ import annotations

import pytest

from app.settings import PREFIX, SETTINGS, BadSetting, Settings, from_environment

CHOSEN = [(setting.name, choice) for setting in SETTINGS for choice in setting.choices]


def test_an_empty_environment_gives_the_defaults() -> None:
    """Variables of others are left alone."""
    assert from_environment({"PATH": "/bin"}) == Settings()


@pytest.mark.parametrize(("name", "choice"), CHOSEN)
def test_each_choice_is_taken(name: str, choice: str) -> None:
    """A setting with choices takes each of them as it is written."""
    assert getattr(from_environment({PREFIX + name.upper(): choice}), name) == choice


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        (
            "BASCULE_LOG_LEVEL",
            "waring",
            "BASCULE_LOG_LEVEL='waring': expected one of debug, info, warning, error — did you mean 'warning'?",
        ),
        (
            "BASCULE_LOG_LEVEL",
            "",
            "BASCULE_LOG_LEVEL='': expected one of debug, info, warning, error — known: debug, error, info, warning",
        ),
        ("BASCULE_RETRY_AFTER", "0", "BASCULE_RETRY_AFTER='0': expected a whole number of at least 1"),
        ("BASCULE_LOGLEVEL", "info", "BASCULE_LOGLEVEL is not a setting — did you mean 'BASCULE_LOG_LEVEL'?"),
    ],
)
def test_what_cannot_be_used_is_named(variable: str, text: str, message: str) -> None:
    """The variable, its value, what is expected, and the nearest valid word."""
    with pytest.raises(BadSetting) as refused:
        from_environment({variable: text})
    assert str(refused.value) == message
