"""The gateway under attack."""
