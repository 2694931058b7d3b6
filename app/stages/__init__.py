"""Stages: one step of a request each, in a file of its own. They do not know each other; `pipeline` puts them in order."""
