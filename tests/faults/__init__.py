"""Faults of the network and of databases, against running gateways of several workers."""
