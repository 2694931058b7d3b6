"""The guard, part by part and whole: its promises, and what an adversary could make of it."""
