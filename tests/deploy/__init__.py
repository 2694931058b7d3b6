"""What lies in `deploy`, run."""
