"""Requests that nobody thought of, made from what the documents promise."""
