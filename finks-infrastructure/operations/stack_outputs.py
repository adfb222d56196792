"""What a deployed stack says of itself: `pulumi stack output --json`, or a file with it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.errors import OutputsError

INFRASTRUCTURE = Path(__file__).resolve().parents[1]
READ_SECONDS = 120
_WRITE = "write it with 'pulumi stack output --json --stack STACK > FILE'"


@dataclass(frozen=True)
class StackOutputs:
    """The outputs that operations need."""

    environment: str
    region: str
    cluster: str
    task_definitions: Mapping[str, str]
    """ARN by workload, such as prefect-worker."""
    subnets: tuple[str, ...]
    security_group: str
    public_address: bool
    """Whether tasks need a public address to reach anything."""

    @classmethod
    def parse(cls, outputs: Mapping[str, Any]) -> StackOutputs:
        """The outputs by their names in the stack; raises OutputsError naming what is missing."""
        wanted = (
            *("environment", "region", "clusterName", "taskDefinitions", "taskSubnetIds"),
            *("taskSecurityGroupId", "tasksInPublicSubnets"),
        )
        missing = [name for name in wanted if name not in outputs]
        if missing:
            raise OutputsError(
                f"the stack has no output {', '.join(missing)}; bring it up to date with"
                " 'pulumi up', or give the outputs of a whole stack"
            )
        return cls(
            environment=outputs["environment"],
            region=outputs["region"],
            cluster=outputs["clusterName"],
            task_definitions=dict(outputs["taskDefinitions"]),
            subnets=tuple(outputs["taskSubnetIds"]),
            security_group=outputs["taskSecurityGroupId"],
            public_address=bool(outputs["tasksInPublicSubnets"]),
        )

    def task_definition(self, workload: str) -> str:
        """ARN of the task definition of a workload; raises OutputsError."""
        if workload not in self.task_definitions:
            known = ", ".join(sorted(self.task_definitions))
            raise OutputsError(f"the stack has no task definition {workload}; it has {known}")
        return self.task_definitions[workload]


def read_file(path: Path) -> StackOutputs:
    """The outputs in a file; raises OutputsError."""
    try:
        text = path.read_text()
    except OSError as error:
        raise OutputsError(f"{path} cannot be read ({error.strerror}); {_WRITE}") from error
    return _parse(text, str(path), _WRITE)


def read_stack(stack: str) -> StackOutputs:
    """The outputs of a stack, from the Pulumi CLI; raises OutputsError."""
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise OutputsError(
            "the Pulumi CLI is not on this machine; install it"
            " (https://www.pulumi.com/docs/install), or give --outputs FILE"
        )
    result = subprocess.run(
        [pulumi, "stack", "output", "--json", "--stack", stack, "--non-interactive"],
        cwd=INFRASTRUCTURE,
        capture_output=True,
        text=True,
        check=False,
        timeout=READ_SECONDS,
    )
    if result.returncode != 0:
        lines = result.stderr.strip().splitlines() or ["no message"]
        raise OutputsError(
            f"'pulumi stack output --stack {stack}' failed: {lines[-1]}; log in with"
            " 'pulumi login' and see 'pulumi stack ls'"
        )
    return _parse(
        result.stdout,
        f"the output of stack {stack}",
        f"see what 'pulumi stack output --json --stack {stack}' prints, or give --outputs FILE",
    )


def _parse(text: str, source: str, remedy: str) -> StackOutputs:
    try:
        outputs = json.loads(text)
    except ValueError as error:
        raise OutputsError(f"{source} is no JSON ({error}); {remedy}") from error
    if not isinstance(outputs, dict):
        raise OutputsError(f"{source} is no JSON object of outputs by name; {remedy}")
    return StackOutputs.parse(outputs)
