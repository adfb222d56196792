"""What AWS would answer: ids, ARNs and addresses of new resources, and look-ups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pulumi.runtime import mocks, rpc

from blueprint.names import REGION
from graph.simulation import data, network, workloads
from graph.simulation.shapes import ACCOUNT_ID, Identity, Inputs, digits

__all__ = ["ACCOUNT_ID", "SimulatedAws", "answer", "simulate"]

ZONES = (f"{REGION}a", f"{REGION}b", f"{REGION}d")


class SimulatedAws(mocks.Mocks):
    """Answers for every resource and every look-up of the program."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Id and state of a resource that was just made."""
        return simulate(args.typ, args.name, args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Answer of a look-up; raises NotImplementedError for one that nothing here knows."""
        return answer(args.token, args.args), []  # the mock monitor iterates over the failures


def simulate(kind: str, name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    """Id and outputs of a resource of type token `kind`, its inputs included in the outputs."""
    identity = _IDENTITIES.get(kind)
    if identity is None:
        identity = _components if kind.startswith("finks:") else _other
    resource_id, outputs = identity(
        name, {key: rpc.unwrap_rpc_secret(value) for key, value in inputs.items()}
    )
    return resource_id, {**inputs, **outputs}


def answer(token: str, args: Inputs) -> dict[str, Any]:
    """Answer of the provider function `token`."""
    try:
        return _ANSWERS[token](args)
    except KeyError:
        raise NotImplementedError(
            f"graph/simulation has no answer for {token}; add one to _ANSWERS"
        ) from None


def _components(name: str, _: Inputs) -> tuple[str, dict[str, Any]]:
    return name, {}


def _other(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    # Side resources, such as a bucket's versioning, carry the id of what they belong to.
    return f"{name}-{digits(name + repr(sorted(inputs)), 8)}", {}


_IDENTITIES: dict[str, Identity] = {
    **network.IDENTITIES,
    **data.IDENTITIES,
    **workloads.IDENTITIES,
}

_ANSWERS: dict[str, Callable[[Inputs], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": lambda _: {
        "accountId": ACCOUNT_ID,
        "arn": f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/deploy/session",
        "userId": "AROAEXAMPLE:session",
        "id": ACCOUNT_ID,
    },
    "aws:index/getRegion:getRegion": lambda _: {"region": REGION, "id": REGION},
    "aws:index/getAvailabilityZones:getAvailabilityZones": lambda _: {
        "names": list(ZONES),
        "zoneIds": ["cac1-az1", "cac1-az2", "cac1-az4"],
        "id": REGION,
    },
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": lambda _: {
        "proxyEndpoint": f"https://{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com",
        "userName": "AWS",
        "password": "simulated",
        "id": REGION,
    },
}
