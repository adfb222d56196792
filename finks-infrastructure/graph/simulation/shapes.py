"""How AWS writes ids and ARNs.

Values are derived from the resource's name, so that a stack looks the same in every recording and
a reference can be followed by its value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from blueprint.names import REGION

ACCOUNT_ID = "123456789012"

type Inputs = dict[str, Any]
type Identity = Callable[[str, Inputs], tuple[str, dict[str, Any]]]
"""(logical name, inputs) → (id, outputs beside the inputs)."""


def digits(text: str, length: int) -> str:
    """Hexadecimal digits that follow from a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def arn_of(service: str, resource: str, *, region: str = REGION, account: str = ACCOUNT_ID) -> str:
    """The ARN of a resource; IAM and S3 leave region, account or both empty."""
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def prefixed(prefix: str, path: str, service: str = "ec2") -> Identity:
    """Ids such as vpc-0123456789abcdef0 and the ARN that ends in path/id."""

    def identity(name: str, _: Inputs) -> tuple[str, dict[str, Any]]:
        resource_id = f"{prefix}-0{digits(prefix + name, 16)}"
        return resource_id, {"arn": arn_of(service, f"{path}/{resource_id}")}

    return identity


def named(key: str, service: str, path: str, *, id_is_arn: bool = False, **scope: str) -> Identity:
    """Resources that are known by the name in input `key`; `path` holds {} for it."""

    def identity(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
        own = str(inputs.get(key) or f"{name}-{digits(name, 7)}")
        arn = arn_of(service, path.format(own), **scope)
        return arn if id_is_arn else own, {"arn": arn, key: own}

    return identity
