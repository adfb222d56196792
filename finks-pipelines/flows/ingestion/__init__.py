"""Flows that fetch data into bronze."""
