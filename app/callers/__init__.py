"""Callers: who asks, what they may ask, how often, and what is written down about it.

In charge of credentials (keys, tokens, links), of limits and of the audit. It must not know a web framework, nor what a
resource holds: what a caller sees of one is decided in `app.plan.access`.
"""
