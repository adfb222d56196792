"""Ports, security groups and who may open a connection to whom."""

from __future__ import annotations

from dataclasses import dataclass

ANYWHERE = "0.0.0.0/0"
HTTP_PORT = 80
HTTPS_PORT = 443
PREFECT_PORT = 4200
POSTGRES_PORT = 5432
REDIS_PORT = 6379

PREFECT_HEALTH_PATH = "/api/health"
"""Answers 200 without the auth string."""

LOAD_BALANCER = "load-balancer"
PREFECT_SERVER = "prefect-server"
TASKS = "tasks"
DATABASE = "database"
CACHE = "cache"
ENDPOINTS = "endpoints"

SECURITY_GROUPS: dict[str, str] = {
    LOAD_BALANCER: "Load balancer of the Prefect UI and API",
    PREFECT_SERVER: "Tasks of the Prefect server",
    TASKS: "Tasks of ingestion, dbt, flow runs and the Prefect worker",
    DATABASE: "PostgreSQL of the Prefect server",
    CACHE: "Redis of the Prefect servers",
    ENDPOINTS: "Interface endpoints of AWS services",
}
"""Security groups and their descriptions. AWS cannot change a description in place."""


@dataclass(frozen=True)
class Flow:
    """A TCP connection that is allowed: egress at its source, ingress at its target.

    `source` and `target` are keys of SECURITY_GROUPS.
    """

    source: str
    target: str
    port: int
    purpose: str


FLOWS = (
    Flow(LOAD_BALANCER, PREFECT_SERVER, PREFECT_PORT, "requests to UI and API"),
    Flow(TASKS, PREFECT_SERVER, PREFECT_PORT, "flow runs and the worker call the API"),
    Flow(PREFECT_SERVER, DATABASE, POSTGRES_PORT, "state of the Prefect server"),
    Flow(PREFECT_SERVER, CACHE, REDIS_PORT, "events between Prefect servers"),
    Flow(TASKS, ENDPOINTS, HTTPS_PORT, "AWS APIs inside the VPC"),
    Flow(PREFECT_SERVER, ENDPOINTS, HTTPS_PORT, "AWS APIs inside the VPC"),
)
"""Every connection between security groups. What is not here is not possible.

Name resolution is missing on purpose: security groups do not filter the VPC's own resolver.
"""

OUTWARD = (TASKS, PREFECT_SERVER)
"""Groups that reach the internet on HTTPS_PORT: market data, images, AWS APIs without endpoint."""
