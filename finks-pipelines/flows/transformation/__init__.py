"""Flows that make silver of bronze."""
