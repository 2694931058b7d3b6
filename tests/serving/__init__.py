"""Real server processes: start, reload, stop."""
