"""The operator console: pages at the admin port, for people who keep the gateway running."""
