"""The managed policies that AWS itself has."""

from __future__ import annotations

import json
from functools import lru_cache


def exists(arn: str) -> bool:
    """Whether AWS has a managed policy with this ARN (source: moto's copy of AWS's list)."""
    return arn in _arns()


@lru_cache(maxsize=1)
def _arns() -> frozenset[str]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # a second to import

    policies = json.loads(aws_managed_policies_data)
    return frozenset(
        f"arn:aws:iam::aws:policy{policy['Path']}{name}" for name, policy in policies.items()
    )
