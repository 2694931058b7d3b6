"""Formats: one file for each form that an answer can take, and the choice between them."""
