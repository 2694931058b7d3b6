"""What changed for clients: the comparison, its table, and the log."""
