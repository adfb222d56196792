"""Examples of every rule, one module a subject as in rules/."""

from __future__ import annotations

from tests.case import Case
from tests.cases import (
    analytics,
    containers,
    encryption,
    iam,
    logs,
    network,
    public_access,
    resilience,
    serverless,
    tags,
    transport,
)

CASES: tuple[Case, ...] = (
    *encryption.CASES,
    *public_access.CASES,
    *transport.CASES,
    *iam.CASES,
    *network.CASES,
    *logs.CASES,
    *tags.CASES,
    *resilience.CASES,
    *containers.CASES,
    *serverless.CASES,
    *analytics.CASES,
)
