"""Prefect blocks of the platform."""
