"""Container definitions against AWS's own schema of them, and tasks as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from graph.checks.aws_schemas import extension, resource_schema
from graph.checks.documents import written
from graph.checks.finding import Finding, finding
from graph.checks.json_schema import Evaluator
from graph.model import Graph, Resource

TASK = "aws:ecs/taskDefinition:TaskDefinition"
_KEY = "containerDefinitions"
_FREE = frozenset({"options", "dockerLabels", "driverOpts", "labels"})
"""Maps whose keys are the writer's own."""


def check_containers(graph: Graph) -> Iterator[Finding]:
    """Container definitions that ECS would refuse, or that could not run on Fargate."""
    for task in graph.of_type(TASK):
        if _KEY in task.secrets:
            yield finding(
                task,
                _KEY,
                "hold a secret in plain text, and are masked",
                "inject it from Secrets Manager, with `secrets`",
            )
            continue
        try:
            containers = json.loads(task.inputs.get(_KEY, "null"))
        except (TypeError, ValueError) as error:
            yield finding(task, _KEY, f"is no JSON: {error}", "write it with json.dumps")
            continue
        yield from _shape(task, containers)
        if isinstance(containers, list) and all(isinstance(one, dict) for one in containers):
            yield from _sizes(task, containers)
            yield from _together(task, containers)


def cloudformation(value: Any, free: bool = False) -> Any:
    """A definition of ECS's API in CloudFormation's terms: PascalCase keys."""
    if isinstance(value, dict):
        return {
            key if free else key[:1].upper() + key[1:]: cloudformation(entry, key in _FREE)
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [cloudformation(entry) for entry in value]
    return value


def _shape(task: Resource, containers: Any) -> Iterator[Finding]:
    schema = resource_schema("AWS::ECS::TaskDefinition")
    own = {**schema["properties"]["ContainerDefinitions"], "minItems": 1, "uniqueKeys": ["Name"]}
    translated = cloudformation(containers)
    found = list(Evaluator(schema).violations(translated, own))
    if isinstance(translated, list):
        essential = extension("aws_ecs_taskdefinition/containerdefinitions_essential")
        found += Evaluator(essential).violations(translated, essential)
        logging = extension("aws_ecs_taskdefinition/logging_configuration")
        for number, container in enumerate(translated):
            if isinstance(container, dict) and "LogConfiguration" in container:
                place = (number, "LogConfiguration")
                found += Evaluator(logging).violations(
                    container["LogConfiguration"], logging, place
                )
    for violation in found:
        yield finding(
            task,
            f"{_KEY}!{_camel(written(violation.path))}",
            violation.problem,
            "see ContainerDefinition in the ECS API reference",
        )


def _camel(path: str) -> str:
    return ".".join(step[:1].lower() + step[1:] for step in path.split("."))


def _sizes(task: Resource, containers: list[dict[str, Any]]) -> Iterator[Finding]:
    for key, wanted in (("cpu", "cpu"), ("memory", "memory"), ("memory", "memoryReservation")):
        whole = str(task.inputs.get(key, ""))
        parts = [container[wanted] for container in containers if wanted in container]
        if not whole.isdigit() or not all(str(part).isdigit() for part in parts):
            continue
        total = sum(int(part) for part in parts)
        if total > int(whole):
            yield finding(
                task,
                _KEY,
                f"the containers ask for {wanted} {total}, the task has {whole}",
                "give the task more, or the containers less",
            )


def _together(task: Resource, containers: list[dict[str, Any]]) -> Iterator[Finding]:
    """Volumes and other containers that a container names."""
    volumes = {str(volume.get("name")) for volume in task.inputs.get("volumes") or []}
    names = {str(container.get("name")) for container in containers}
    mounted: set[str] = set()
    for number, container in enumerate(containers):
        for index, mount in enumerate(container.get("mountPoints") or []):
            mounted.add(str(mount.get("sourceVolume")))
            if mount.get("sourceVolume") not in volumes:
                yield finding(
                    task,
                    f"{_KEY}![{number}].mountPoints[{index}].sourceVolume",
                    f"is {mount.get('sourceVolume')!r}, no volume of the task",
                    "declare the volume",
                )
        for index, other in enumerate(container.get("dependsOn") or []):
            if other.get("containerName") not in names:
                yield finding(
                    task,
                    f"{_KEY}![{number}].dependsOn[{index}].containerName",
                    f"is {other.get('containerName')!r}, no container of the task",
                    f"name one of {', '.join(sorted(names))}",
                )
    # A mount that names no volume has been reported: its volume is not idle.
    for name in sorted(volumes - mounted) if mounted <= volumes else ():
        yield finding(task, "volumes", f"no container mounts {name!r}", "mount it or drop it")
