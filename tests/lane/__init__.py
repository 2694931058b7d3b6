"""The lane beside the ordinary way: the same bytes, and nobody waits for a slow client."""
