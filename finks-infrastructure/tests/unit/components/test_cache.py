from __future__ import annotations

from typing import Any

import pytest

from components.cache import Cache, CacheArgs
from graph.model import Graph, Resource
from tests.unit.components.conftest import RecordComponent

KEY = "arn:aws:kms:ca-central-1:123456789012:key/k"


@pytest.fixture
def record(record_component: RecordComponent) -> RecordComponent:
    def recorded(stack: str = "prod") -> Graph:
        def make(context: Any) -> Cache:
            return Cache("cache", CacheArgs(["subnet-1", "subnet-2"], "sg-cache", KEY), context)

        return record_component(make, stack=stack)

    return recorded


def group(graph: Graph) -> Resource:
    return graph.named("cache-group")


def test_the_cache_is_encrypted_at_rest_and_takes_tls_alone(record: RecordComponent) -> None:
    inputs = group(record()).inputs
    assert inputs["atRestEncryptionEnabled"] is True
    assert inputs["kmsKeyId"] == KEY
    assert inputs["transitEncryptionEnabled"] is True
    assert inputs["transitEncryptionMode"] == "required"


def test_it_stands_in_its_subnets_behind_its_group(record: RecordComponent) -> None:
    graph = record()
    subnets = graph.named("cache-subnets")
    assert subnets.inputs["subnetIds"] == ["subnet-1", "subnet-2"]
    assert group(graph).inputs["subnetGroupName"] == subnets.inputs["name"]
    assert group(graph).inputs["securityGroupIds"] == ["sg-cache"]
    assert group(graph).inputs["port"] == 6379


@pytest.mark.parametrize(("stack", "nodes"), [("dev", 1), ("staging", 1), ("prod", 2)])
def test_prod_fails_over_to_another_zone(record: RecordComponent, stack: str, nodes: int) -> None:
    inputs = group(record(stack)).inputs
    assert inputs["numCacheClusters"] == nodes
    # ElastiCache refuses failover with a single node.
    assert inputs["automaticFailoverEnabled"] is (nodes > 1)
    assert inputs["multiAzEnabled"] is (nodes > 1)


def test_the_host_is_that_of_the_primary(record: RecordComponent) -> None:
    graph = record()
    assert graph.named("cache").outputs == {
        "cacheGroup": "finks-prod-prefect",
        "cacheHost": group(graph).outputs["primaryEndpointAddress"],
    }
