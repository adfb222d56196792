"""The pack as the engine runs it: a process of its own, asked over gRPC."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from exported import Resource

POLICIES = Path(__file__).parents[1]


class Engine:
    """The engine's side of the analyzer protocol."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._stub: Any = analyzer_pb2_grpc.AnalyzerStub(channel)

    def rules(self) -> list[str]:
        """Names of the rules that the pack announces."""
        answer = self._stub.GetAnalyzerInfo(empty_pb2.Empty())
        return [policy.name for policy in answer.policies]

    def analyze(self, resource: Resource) -> list[str]:
        """Names of the rules with something to say of a resource that is to be made."""
        request = analyzer_pb2.AnalyzeRequest(
            type=resource.type,
            name=resource.name,
            urn=resource.urn,
            properties=_struct(resource.inputs),
        )
        return [found.policyName for found in self._stub.Analyze(request).diagnostics]

    def analyze_stack(self, resources: Sequence[Resource]) -> list[tuple[str, str]]:
        """Rule and message of what there is to say of a whole stack."""
        request = analyzer_pb2.AnalyzeStackRequest(
            resources=[
                analyzer_pb2.AnalyzerResource(
                    type=resource.type,
                    name=resource.name,
                    urn=resource.urn,
                    properties=_struct(resource.outputs),
                    propertyDependencies={
                        key: analyzer_pb2.AnalyzerPropertyDependencies(urns=list(urns))
                        for key, urns in resource.property_dependencies.items()
                    },
                )
                for resource in resources
            ]
        )
        answer = self._stub.AnalyzeStack(request)
        return [(found.policyName, found.message) for found in answer.diagnostics]


def _struct(values: Any) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


@contextmanager
def started() -> Iterator[Engine]:
    """The pack, from start to end."""
    process = subprocess.Popen(
        # What pulumi-analyzer-policy-python starts; the address is the engine's log, unused here.
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(POLICIES)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Engine(channel)
    finally:
        process.kill()
        process.communicate()
