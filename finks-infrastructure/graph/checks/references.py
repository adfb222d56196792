"""References that point at nothing: ids, ARNs, names and s3:// addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from graph.checks.finding import Finding, finding, shown
from graph.checks.known import Known
from graph.checks.managed_policies import exists as managed_policy_exists
from graph.checks.named_references import (
    ACCOUNTS_OF_AWS,
    CALL_KEYS,
    DEPLOYING,
    DOCUMENTS_WITH_CALLS,
    ENVIRONMENT_SUFFIXES,
    NAME_KEYS,
    RUN_TIME_ARNS,
    RunTime,
)
from graph.checks.values import leaves, listed, parsed, texts
from graph.model import Graph, Resource

_ID = re.compile(
    r"(vpc|subnet|sg|rtb|igw|nat|eipalloc|vpce|acl|eni|fl|ns|srv|dopt|pcx|tgw)-[0-9a-f]{8,17}"
)
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:")
_S3_URI = re.compile(r"s3a?://([^/\s\"',*]+)")
_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)")
_SECRET_SUFFIX = re.compile(r"(:secret:[^:]+)(:[^:]*){1,3}$")
_PATTERN_KEYS = ("Resource", "NotResource", "aws:SourceArn", "AWS:SourceArn")

_MAKE = "name what the stack makes"


def check_references(graph: Graph) -> Iterator[Finding]:
    """Every reference in the graph, inside of JSON documents too, that leads nowhere."""
    known = Known(graph)
    for resource in graph.resources:
        if not resource.custom or resource.type.startswith("pulumi:"):
            continue
        deploys = (resource.parent or "").rpartition("::")[0].endswith(DEPLOYING)
        for path, text in texts(resource):
            problem = _of_text(text, known)
            if problem is not None and not (deploys and _of_the_stack(text, graph)):
                yield finding(resource, path, problem, _MAKE)
        yield from _by_name(resource, known)
        yield from _environment(resource, known)
        yield from _containers(resource, known)
        yield from _scaled(resource, known)
        yield from _calls(resource, known)
    yield from _services(graph)


def _of_the_stack(arn: str, graph: Graph) -> bool:
    """Whether an ARN is of a name that the stack may make: finks-dev-…, finks_dev_…, finks/dev/…"""
    project, stack = re.escape(graph.project), re.escape(graph.stack)
    return re.search(rf"[:/]{project}[-_/]{stack}([-_/:*]|$)", arn) is not None


def _of_text(text: str, known: Known) -> str | None:
    if _ID.fullmatch(text):
        return None if text in known.values else f"is {text}, which nothing in the stack has"
    if _ARN.match(text):
        return _of_arn(text, known)
    image = _IMAGE.match(text)
    if image is not None:
        repositories = known.names("aws:ecr/repository:Repository")
        if image[3] not in repositories:
            return f"is an image of {image[3]}, which is no ECR repository of the stack"
    for bucket in _S3_URI.findall(text):
        if bucket not in known.names("aws:s3/bucket:Bucket") and not bucket.startswith("${"):
            return f"is {shown(text)}: there is no bucket {bucket}"
    return None


def _of_arn(text: str, known: Known) -> str | None:
    if text in known.values or "${" in text.split(":")[1]:
        return None
    arn = _SECRET_SUFFIX.sub(r"\1", text)
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return f"is {shown(text)}, no ARN"
    if parts[4] == "aws":
        if parts[2] == "iam" and not managed_policy_exists(arn):
            return f"is {text}, which is no managed policy of AWS"
        return None
    if parts[4] not in {"", "*", known.account} and not re.fullmatch(r"\d{12}", parts[4]):
        return f"is {shown(text)}: {parts[4]!r} is no account"
    if re.fullmatch(r"\d{12}", parts[4]) and parts[4] != known.account:
        if parts[4] in ACCOUNTS_OF_AWS:
            return None
        return f"is {shown(text)}, of account {parts[4]}; the stack is in {known.account}"
    if known.matches_arn(arn):
        return None
    if any(_at_run_time(rule, arn, known) for rule in RUN_TIME_ARNS):
        return None
    return f"is {shown(text)}, which matches nothing in the stack"


def _at_run_time(rule: RunTime, arn: str, known: Known) -> bool:
    found = re.fullmatch(rule.pattern, arn)
    if found is None:
        return False
    if not rule.of:
        return True
    owner = found["owner"]
    candidates = known.names(*rule.of)
    if owner in candidates:
        return True
    if owner.rstrip("*") != owner:
        return any(name.startswith(owner.rstrip("*")) for name in candidates)
    return False


def _by_name(resource: Resource, known: Known) -> Iterator[Finding]:
    for key, reference in NAME_KEYS.items():
        if resource.type in reference.not_on or not resource.type.startswith("aws:"):
            continue
        if reference.only_on and resource.type not in reference.only_on:
            continue
        value: object = resource.inputs
        for step in key.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        for entry in listed(value):
            if not isinstance(entry, str) or re.fullmatch(reference.elsewhere, entry):
                continue
            if entry.startswith("arn:") or _ID.fullmatch(entry):
                continue  # followed as an ARN or an id
            if entry not in known.names(*reference.of):
                kinds = ", ".join(kind.rpartition(":")[2] for kind in reference.of)
                yield finding(
                    resource, key, f"is {entry!r}, the name of no {kinds} of the stack", _MAKE
                )


def _environment(resource: Resource, known: Known) -> Iterator[Finding]:
    """Names that containers and functions are given in their environment."""
    for path, name, value in _variables(resource):
        for suffix, kinds in ENVIRONMENT_SUFFIXES.items():
            if not (name == suffix or name.endswith(f"_{suffix}")):
                continue
            if value and not value.startswith("arn:") and value not in known.names(*kinds):
                labels = ", ".join(kind.rpartition(":")[2] for kind in kinds)
                yield finding(
                    resource, path, f"{name} is {value!r}, no {labels} of the stack", _MAKE
                )


def _variables(resource: Resource) -> Iterator[tuple[str, str, str]]:
    for number, container in enumerate(_definitions(resource)):
        for variable in container.get("environment") or []:
            if isinstance(variable, dict):
                yield (
                    f"containerDefinitions![{number}].environment.{variable.get('name')}",
                    str(variable.get("name")),
                    str(variable.get("value")),
                )
    environment = resource.inputs.get("environment")
    if isinstance(environment, dict):
        for name, value in (environment.get("variables") or {}).items():
            yield f"environment.variables.{name}", name, str(value)


def _definitions(resource: Resource) -> list[dict[str, Any]]:
    found = parsed(resource.inputs.get("containerDefinitions"))
    if not isinstance(found, list):
        return []
    definitions: list[dict[str, Any]] = [entry for entry in found if isinstance(entry, dict)]
    return definitions


def _containers(resource: Resource, known: Known) -> Iterator[Finding]:
    if resource.type != "aws:ecs/taskDefinition:TaskDefinition":
        return
    groups = known.names("aws:cloudwatch/logGroup:LogGroup")
    for path, value in leaves(_definitions(resource)):
        if path.endswith(".options.awslogs-group") and value not in groups:
            yield finding(
                resource,
                f"containerDefinitions!{path}",
                f"is {value!r}, no log group of the stack: the task would not start",
                "make the log group, or name one of the stack",
            )


def _calls(resource: Resource, known: Known) -> Iterator[Finding]:
    """Names in the calls of state machines and schedules, and in patterns of events."""
    start = f"{DOCUMENTS_WITH_CALLS.get(resource.type, '-')}!"
    for path, text in texts(resource):
        key = re.sub(r"\[\d+\]", "", path).rpartition(".")[2]
        if not path.startswith(start) or key not in CALL_KEYS:
            continue
        if text.startswith(("arn:", "$")) or text in known.names(*CALL_KEYS[key]):
            continue
        kinds = ", ".join(kind.rpartition(":")[2] for kind in CALL_KEYS[key])
        yield finding(resource, path, f"is {text!r}, no {kinds} of the stack", _MAKE)


def _scaled(resource: Resource, known: Known) -> Iterator[Finding]:
    """The service whose number of tasks is scaled: service/<cluster>/<service>."""
    if not resource.type.startswith("aws:appautoscaling/"):
        return
    parts = str(resource.inputs.get("resourceId", "")).split("/")
    if parts[0] != "service":
        return
    if (
        len(parts) != 3
        or parts[1] not in known.names("aws:ecs/cluster:Cluster")
        or parts[2] not in known.names("aws:ecs/service:Service")
    ):
        yield finding(
            resource, "resourceId", f"is {'/'.join(parts)!r}, no service of the stack", _MAKE
        )


def _services(graph: Graph) -> Iterator[Finding]:
    """Load balancers of services against the containers of their task definition."""
    definitions = {
        task.outputs.get("arn"): task
        for task in graph.of_type("aws:ecs/taskDefinition:TaskDefinition")
    }
    for service in graph.of_type("aws:ecs/service:Service"):
        task = definitions.get(service.inputs.get("taskDefinition"))
        containers = {str(entry.get("name")): entry for entry in _definitions(task)} if task else {}
        if task is None or not containers:
            continue
        for number, balancer in enumerate(service.inputs.get("loadBalancers") or []):
            path = f"loadBalancers[{number}]"
            container = containers.get(str(balancer.get("containerName")))
            if container is None:
                yield finding(
                    service,
                    f"{path}.containerName",
                    f"is {balancer.get('containerName')!r}, no container of {task.name}",
                    f"name one of {', '.join(containers)}",
                )
                continue
            mappings = container.get("portMappings")
            ports = {
                int(entry.get("containerPort", 0))
                for entry in (mappings if isinstance(mappings, list) else [])
            }
            if balancer.get("containerPort") not in ports:
                yield finding(
                    service,
                    f"{path}.containerPort",
                    f"is {balancer.get('containerPort')}, which the container does not open",
                    f"name one of {sorted(ports)}",
                )
