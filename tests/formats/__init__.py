"""Tests of `app.formats`: how a format and a coding are chosen, and what is made in them."""
