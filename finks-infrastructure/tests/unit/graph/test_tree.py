"""The tree of a small graph, and what it leaves out."""

from __future__ import annotations

import pytest

from graph import tree
from graph.model import Graph, Resource

STORAGE = Resource("urn:s", "finks:storage:Storage", "storage", None, custom=False)
INNER = Resource("urn:i", "finks:storage:Bucket", "bronze", "urn:s", custom=False)


def made(urn: str, kind: str, name: str, parent: str | None, **inputs: object) -> Resource:
    return Resource(urn, kind, name, parent, custom=True, inputs=inputs)


GRAPH = Graph(
    "finks",
    "dev",
    (
        STORAGE,
        INNER,
        made("urn:k", "aws:kms/key:Key", "storage-key", "urn:s", tags={"Name": "finks-dev-lake"}),
        made("urn:b", "aws:s3/bucket:Bucket", "bronze-bucket", "urn:i", bucket="finks-dev-bronze"),
        made("urn:a", "aws:s3/bucket:Bucket", "alone", None, bucket="alone"),
        made("urn:o", "docker-build:index:Image", "image", None, tags=["x:0123456789abcdef"]),
        Resource("urn:p", "random:index/randomPassword:RandomPassword", "word", None, True),
    ),
    {"bucketBronze": "finks-dev-bronze", "a": 1},
)

EXPECTED = """\
finks-dev: 5 resources in 2 components
├─ storage (finks:storage:Storage)
│  ├─ bronze (finks:storage:Bucket)
│  │  └─ aws.s3.Bucket bronze-bucket = finks-dev-bronze
│  └─ aws.kms.Key storage-key = finks-dev-lake
├─ aws.s3.Bucket alone
├─ docker-build.Image image
└─ random.RandomPassword word

Resources by type
    1  aws:kms/key:Key
    2  aws:s3/bucket:Bucket
    1  docker-build:index:Image
    1  random:index/randomPassword:RandomPassword

Stack outputs (2)
  a
  bucketBronze
"""


def test_the_tree() -> None:
    assert tree.render(GRAPH) == EXPECTED


def test_the_order_of_resources_does_not_matter() -> None:
    turned = Graph(GRAPH.project, GRAPH.stack, GRAPH.resources[::-1], GRAPH.outputs)
    assert tree.render(turned) == EXPECTED


def test_what_is_protected_says_so() -> None:
    protected = Resource("urn:b", "aws:s3/bucket:Bucket", "b", None, custom=True, protect=True)
    text = tree.render(Graph("finks", "dev", (protected,)))
    assert "└─ aws.s3.Bucket b [protected]\n" in text


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("glue/bronze_to_silver-128fab03c429.py", "glue/bronze_to_silver-<digest>.py"),
        ("finks-dev-bronze-123456789012", "finks-dev-bronze-123456789012"),
    ],
)
def test_digests_are_left_out_and_accounts_are_not(key: str, shown: str) -> None:
    found = made("urn:o", "aws:s3/bucketObjectv2:BucketObjectv2", "script", None, key=key)
    assert tree.physical_name(found) == shown
