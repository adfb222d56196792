"""The sections of a stack's configuration, one a component, each with secure defaults.

Keys are written in camelCase in `Pulumi.<stack>.yaml`; a key that no model knows is refused.
"""

from config.sections.data import Database, Secrets, Storage, Transformation
from config.sections.network import INTERFACE_ENDPOINTS, LoadBalancer, Network
from config.sections.operations import GitHub, Logs, Monitoring, Security
from config.sections.section import Section
from config.sections.workloads import Api, Compute, Orchestration, Size

__all__ = [
    "INTERFACE_ENDPOINTS",
    "Api",
    "Compute",
    "Database",
    "GitHub",
    "LoadBalancer",
    "Logs",
    "Monitoring",
    "Network",
    "Orchestration",
    "Secrets",
    "Section",
    "Security",
    "Size",
    "Storage",
    "Transformation",
]
