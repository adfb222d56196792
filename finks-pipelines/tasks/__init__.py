"""Prefect tasks, one module a subject."""
