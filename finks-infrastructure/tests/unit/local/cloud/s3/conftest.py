from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.cloud.s3.index import ObjectIndex
from local.cloud.s3.store import DiskObjectStore
from tests.conftest import REGION, RunningCloud

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_numbers = itertools.count()


@pytest.fixture
def s3(cloud: RunningCloud) -> S3Client:
    client: S3Client = cloud.client("s3")
    return client


@pytest.fixture
def bucket(s3: S3Client) -> str:
    """A new, empty bucket of the session's local cloud."""
    name = f"test-s3-{next(_numbers)}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


@pytest.fixture
def folder(cloud: RunningCloud, bucket: str) -> Path:
    """The folder of the bucket on disk."""
    return cloud.state_dir / "s3" / bucket


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DiskObjectStore]:
    """A store of its own, with the bucket ``lake``."""
    index = ObjectIndex(tmp_path / "objects.sqlite")
    store = DiskObjectStore(tmp_path / "s3", index)
    store.create_bucket("lake")
    yield store
    index.close()
