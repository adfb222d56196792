"""Connectors: each brings one data source into bronze and runs as a container of its own."""
