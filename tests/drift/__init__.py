"""Drift: what has changed at a source, found, graded and attributed."""
