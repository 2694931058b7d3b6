"""The plan: a contract with every name resolved. `compile` makes it, `query` fills in a request's values."""
