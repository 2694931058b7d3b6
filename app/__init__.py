"""Bascule: a compiler (contract to plan) and a small interpreter (plan and request to answer). Read `pipeline` first."""
