"""Runs a Pulumi program without the CLI and records what it would make.

The SDK's mock monitor stands in for the engine. It drops parents, dependencies, options and
component outputs, all of which matter here, so the recorder reads the engine's own messages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc
from pulumi.runtime import settings as runtime
from pulumi.runtime.config import set_all_config

from graph.model import STACK_TYPE, Graph, Resource
from graph.simulation import SimulatedAws

MASK = "[secret]"


class _Monitor(mocks.MockMonitor):
    """The engine's side of the protocol, keeping every registration."""

    def __init__(self) -> None:
        super().__init__(SimulatedAws())
        self.recorded: list[Resource] = []
        self.component_outputs: dict[str, dict[str, Any]] = {}

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """A URN as the engine writes it: the types of all parents but the stack's."""
        chain = parent.split("::")[2] + "$" if parent else ""
        qualified = type_ if chain == f"{STACK_TYPE}$" else f"{chain}{type_}"
        return f"urn:pulumi:{runtime.get_stack()}::{runtime.get_project()}::{qualified}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        if request.type == STACK_TYPE:
            return super().RegisterResource(request)  # type: ignore[no-untyped-call]
        inputs, secrets = _masked(rpc.deserialize_properties(request.object, keep_unknowns=True))
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        outputs, _ = _masked(rpc.deserialize_properties(response.object))
        parent = request.parent if f"::{STACK_TYPE}::" not in request.parent else None
        self.recorded.append(
            Resource(
                urn=response.urn,
                type=request.type,
                name=request.name,
                parent=parent or None,
                custom=request.custom,
                id=response.id,
                provider=request.provider,
                inputs=inputs,
                outputs=outputs,
                dependencies=tuple(sorted(request.dependencies)),
                protect=request.protect,
                aliases=tuple(_alias(alias) for alias in request.aliases),
                ignore_changes=tuple(request.ignoreChanges),
                secrets=tuple(sorted(secrets)),
            )
        )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        values, _ = _masked(rpc.deserialize_properties(request.outputs))
        self.component_outputs[request.urn] = values
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]

    def graph_resources(self) -> tuple[Resource, ...]:
        """What was recorded, by URN; components have the outputs that they registered."""
        return tuple(
            resource
            if resource.custom
            else Resource(
                **{
                    **vars(resource),
                    "outputs": self.component_outputs.get(resource.urn, {}),
                }
            )
            for resource in sorted(self.recorded, key=lambda resource: resource.urn)
        )


def record(
    program: Callable[[], object],
    *,
    project: str = "finks",
    stack: str = "dev",
    config: Mapping[str, Any] | None = None,
    secret_keys: tuple[str, ...] = (),
) -> Graph:
    """Run `program` as Pulumi would and return the graph of what it registered.

    `config` is that of the stack, as in its YAML file: objects may be objects. Whatever the
    program raises is raised.
    """
    texts = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in (config or {}).items()
    }
    set_all_config(texts, list(secret_keys))
    monitor = _Monitor()
    # The first set_mocks lets the root resource of an earlier recording be forgotten.
    mocks.set_mocks(monitor.mocks, project=project, stack=stack, preview=False, monitor=monitor)
    runtime.set_root_resource(None)  # type: ignore[arg-type]
    mocks.set_mocks(monitor.mocks, project=project, stack=stack, preview=False, monitor=monitor)
    _run(program)
    root: Any = runtime.get_root_resource()
    return Graph(project, stack, monitor.graph_resources(), _resolved(root.outputs))


def _run(program: Callable[[], object]) -> None:
    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> None:
        program()

    run()


def _resolved(outputs: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}

    async def gather() -> None:
        for key, value in outputs.items():
            output = pulumi.Output.from_input(value)
            secret = await output.is_secret()
            values[key] = MASK if secret else await output.future()

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> Any:
        return gather()

    run()
    return values


def _masked(values: Any) -> tuple[dict[str, Any], set[str]]:
    """Plain values with secrets masked, and the keys at the top that held one."""
    secrets: set[str] = set()

    def plain(value: Any, key: str) -> Any:
        if rpc.is_rpc_secret(value):
            secrets.add(key)
            return MASK
        if isinstance(value, dict):
            return {name: plain(entry, key) for name, entry in value.items()}
        if isinstance(value, list):
            return [plain(entry, key) for entry in value]
        if isinstance(value, float) and value.is_integer():
            return int(value)  # the protocol knows no integers
        if isinstance(value, pulumi.Asset | pulumi.Archive):
            return {"asset": getattr(value, "path", None) or getattr(value, "text", None)}
        return value

    return {key: plain(value, key) for key, value in values.items()}, secrets


def _alias(alias: Any) -> str:
    return str(alias.urn or alias.spec.name or alias.spec.type)
