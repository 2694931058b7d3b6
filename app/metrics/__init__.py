"""Metrics: what was observed, in numbers: for a scraper, and for the operator's charts. It must not know who asks for them."""
