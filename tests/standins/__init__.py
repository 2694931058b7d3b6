"""Servers that stand in for the ones that no test can have, and the launcher of a gateway that may use them."""
