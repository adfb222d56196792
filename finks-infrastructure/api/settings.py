"""Settings of the function, from its environment (components/api.py sets it)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Where the figures are, and how long a query may take, in seconds."""

    database: str
    workgroup: str
    query_seconds: float = 24.0
    """API Gateway gives up after 29 seconds."""
    poll_seconds: float = 0.25

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """The settings; raises KeyError with the name of a variable that is missing."""
        return cls(
            database=environment["FINKS_GOLD_DATABASE"],
            workgroup=environment["FINKS_WORKGROUP"],
            query_seconds=float(environment.get("FINKS_QUERY_SECONDS", cls.query_seconds)),
        )
