"""Which CloudFormation type, and which of its properties, a Pulumi resource type stands for."""

from graph.checks.correspondence.compute import COMPUTE
from graph.checks.correspondence.data import DATA
from graph.checks.correspondence.entry import WITHOUT_COUNTERPART, Correspondence
from graph.checks.correspondence.identity import IDENTITY
from graph.checks.correspondence.network import NETWORK
from graph.checks.correspondence.observation import OBSERVATION

CORRESPONDENCES: dict[str, Correspondence] = {
    **COMPUTE,
    **DATA,
    **IDENTITY,
    **NETWORK,
    **OBSERVATION,
}

__all__ = ["CORRESPONDENCES", "WITHOUT_COUNTERPART", "Correspondence"]
