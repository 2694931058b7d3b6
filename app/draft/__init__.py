"""Drafts: what a database that nobody documented seems to mean, written as a contract that a person then reviews.

Read `model` first. A bounded sample of a table becomes proposals for its columns (`sample`, `evidence`), names (`names`), keys and
relations, and a resource file whose comments say why (`write`). It must not know a kind of database, nor a terminal.
"""
