"""The router over a real control plane, without a socket."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from local.cloud.control_plane import ControlPlane
from local.cloud.journal import Journal
from local.cloud.router import Router
from local.cloud.s3.index import ObjectIndex
from local.cloud.s3.service import S3Service
from local.cloud.s3.store import DiskObjectStore
from local.cloud.service import Action, AwsError
from local.cloud.web import Reply, Request

ACCOUNT = "123456789012"
REGION = "eu-north-1"  # moto's state is one a process: keep to a corner of it


class _JobRuns:
    """A service that knows one action."""

    @property
    def actions(self) -> Mapping[str, Action]:
        return {"StartJobRun": self._start_job_run}

    def _start_job_run(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["JobName"] != "known":
            raise AwsError("EntityNotFoundException", "There is no such job; create it.")
        return {"JobRunId": "jr_1"}

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError


class _Cloud:
    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder / "journal.sqlite")
        self.index = ObjectIndex(folder / "objects.sqlite")
        self.control_plane = ControlPlane(self.journal, ACCOUNT, REGION)
        store = DiskObjectStore(folder / "s3", self.index)
        s3 = S3Service(store, self.control_plane.handle, self.control_plane.bucket_names)
        self.health: dict[str, Any] = {"status": "ready"}
        self.router = Router(self.control_plane, s3, {"glue": _JobRuns()}, lambda: self.health)

    def send(self, target: str, body: bytes = b"{}", path: str = "/") -> tuple[int, Any]:
        environ = {
            "REQUEST_METHOD": "POST",
            "REQUEST_URI": path,
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "application/x-amz-json-1.1",
            "HTTP_HOST": "localhost",
        }
        if target:
            scope = f"k/20260101/{REGION}/glue/aws4_request"
            environ["HTTP_X_AMZ_TARGET"] = target
            environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={scope}, Signature=1"
        reply: Reply = self.router.handle(Request.from_environ(environ))
        assert isinstance(reply.body, bytes)
        return reply.status, json.loads(reply.body or b"null")


@pytest.fixture
def cloud_parts(tmp_path: Path) -> Iterator[_Cloud]:
    parts = _Cloud(tmp_path)
    yield parts
    parts.journal.close()
    parts.index.close()


def test_actions_of_a_service_are_its_own_and_the_rest_is_the_control_planes(
    cloud_parts: _Cloud,
) -> None:
    assert cloud_parts.send("AWSGlue.StartJobRun", b'{"JobName": "known"}') == (
        200,
        {"JobRunId": "jr_1"},
    )
    status, error = cloud_parts.send("AWSGlue.StartJobRun", b'{"JobName": "other"}')
    assert (status, error["__type"]) == (400, "EntityNotFoundException")
    status, answer = cloud_parts.send("AWSGlue.GetDatabases")
    assert (status, list(answer)) == (200, ["DatabaseList"])
    assert len(cloud_parts.journal) == 0


def test_while_stopping_executors_take_no_new_work(cloud_parts: _Cloud) -> None:
    cloud_parts.router.draining = True
    status, error = cloud_parts.send("AWSGlue.StartJobRun", b'{"JobName": "known"}')
    assert (status, error["__type"]) == (503, "ServiceUnavailableException")
    assert cloud_parts.send("AWSGlue.GetDatabases")[0] == 200


def test_health_is_503_until_all_is_well(cloud_parts: _Cloud) -> None:
    assert cloud_parts.send("", path="/_finks/health") == (200, {"status": "ready"})
    cloud_parts.health = {"status": "stopping"}
    assert cloud_parts.send("", path="/_finks/health")[0] == 503


def test_a_change_that_cannot_be_put_on_disk_is_not_acknowledged(cloud_parts: _Cloud) -> None:
    name = b'{"DatabaseInput": {"Name": "router_lost"}}'
    cloud_parts.journal.close()  # as a full disk: every write fails from now on
    status, error = cloud_parts.send("AWSGlue.CreateDatabase", name)
    assert (status, error["__type"]) == (503, "ServiceUnavailable")
    assert "restart" in error["message"]
    status, error = cloud_parts.send("AWSGlue.GetDatabases")
    assert (status, error["__type"]) == (503, "ServiceUnavailable"), "it would show the lost one"
