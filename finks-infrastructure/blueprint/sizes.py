"""Sizes that AWS offers, and those that Finks starts with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TaskSize:
    """Fargate size: CPU units (1024 are one vCPU) and memory in MiB."""

    cpu: int
    memory: int


SMALL = TaskSize(512, 1024)
MEDIUM = TaskSize(1024, 2048)
LARGE = TaskSize(2048, 4096)

INGESTION = SMALL
DBT = MEDIUM
PREFECT_SERVER = SMALL
PREFECT_WORKER = SMALL
FLOW_RUN = SMALL

FARGATE_MEMORY: dict[int, tuple[int, int, int]] = {
    256: (512, 2048, 512),
    512: (1024, 4096, 1024),
    1024: (2048, 8192, 1024),
    2048: (4096, 16384, 1024),
    4096: (8192, 30720, 1024),
    8192: (16384, 61440, 4096),
    16384: (32768, 122880, 8192),
}
"""CPU units → least, most and step of the memory in MiB.

Source: Amazon ECS Developer Guide, "Fargate task definition differences", task CPU and memory.
"""

DATABASE_CLASSES = ("db.t4g.micro", "db.t4g.small", "db.t4g.medium")

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827),
    *(2192, 2557, 2922, 3288, 3653),
)
"""Source: CloudWatch Logs API, PutRetentionPolicy."""


def allowed_memory(cpu: int) -> range | tuple[int, ...]:
    """Memory sizes in MiB that Fargate offers with these CPU units; empty for unknown ones.

    256 CPU units are the exception to even steps: 512, 1024 and 2048 MiB.
    """
    if cpu == 256:
        return (512, 1024, 2048)
    if cpu not in FARGATE_MEMORY:
        return ()
    low, high, step = FARGATE_MEMORY[cpu]
    return range(low, high + 1, step)
