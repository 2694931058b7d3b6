"""Conversions: between what a legacy column stores and what the API shows.

`base` says what a conversion is; `registry` has them all and binds them to fields. Callers need no other module.
"""
