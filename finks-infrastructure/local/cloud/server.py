"""Puts the local cloud together, starts it and stops it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cheroot.wsgi import Gateway_10, Server

from local.cloud.athena import AthenaService
from local.cloud.control_plane import ControlPlane
from local.cloud.ecs import EcsService
from local.cloud.glue import GlueJobService
from local.cloud.journal import Journal
from local.cloud.records import Records
from local.cloud.router import Router, StartResponse
from local.cloud.s3.index import ObjectIndex
from local.cloud.s3.service import S3Service
from local.cloud.s3.store import DiskObjectStore
from local.cloud.service import AwsError, CloudContext, Service
from local.cloud.state import lock_folder
from local.cloud.web import RAW_HEADERS, Environ

log = logging.getLogger(__name__)
HOST = "127.0.0.1"
VERSION = "0.1.0"
_THREADS = 32
_KEEP_ALIVE_CONNECTIONS = 1000
_BACKLOG = 128
_IDLE_SECONDS = 75
_SHUTDOWN_SECONDS = 3


class _Gateway(Gateway_10):
    """Keeps header names as they were sent: WSGI folds ``_`` and ``-``, S3 metadata does not."""

    def get_environ(self) -> Environ:  # type: ignore[override]  # stub lacks the return type
        environ: Environ = super().get_environ()  # type: ignore[no-untyped-call]
        environ[RAW_HEADERS] = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in self.req.inheaders.items()
        }
        return environ


class LocalCloud:
    """One endpoint with everything behind it. `run` serves until `stop` is called."""

    def __init__(self, *, port: int, state_dir: Path, projects_dir: Path) -> None:
        """Bind the port (0 for any free one) and open the state; raises OSError if it is taken."""
        self._stopping = threading.Event()
        self._started = time.time()
        self._server = Server((HOST, port), self._application, numthreads=_THREADS)
        self._server.gateway = _Gateway
        self._server.keep_alive_conn_limit = _KEEP_ALIVE_CONNECTIONS
        self._server.timeout = _IDLE_SECONDS
        self._server.shutdown_timeout = _SHUTDOWN_SECONDS
        self._server.request_queue_size = _BACKLOG
        self._server.prepare()
        self.endpoint_url = f"http://{HOST}:{self._server.bind_addr[1]}"
        try:
            self._open(state_dir.resolve(), projects_dir.resolve())
        except BaseException:
            self._server.stop()
            raise

    def _open(self, state_dir: Path, projects_dir: Path) -> None:
        state_dir.mkdir(parents=True, exist_ok=True)
        self._state_lock = lock_folder(state_dir)
        self._journal = Journal(state_dir / "journal.sqlite")
        self._records = Records(state_dir / "executions.sqlite")
        self._index = ObjectIndex(state_dir / "objects.sqlite")
        objects = DiskObjectStore(state_dir / "s3", self._index)
        self.context = CloudContext(
            state_dir=state_dir,
            projects_dir=projects_dir,
            endpoint_url=self.endpoint_url,
            objects=objects,
        )
        self._control_plane = ControlPlane(
            self._journal, self.context.account_id, self.context.region
        )
        self._s3 = S3Service(objects, self._control_plane.handle, self._control_plane.bucket_names)
        self._services = make_services(self.context, self._records)
        self._router = Router(self._control_plane, self._s3, self._services, self._health)

    def _application(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return self._router(environ, start_response)

    def _health(self) -> dict[str, Any]:
        own = {name: {"status": "running", "version": VERSION} for name in ("s3", *self._services)}
        status = "stopping" if self._stopping.is_set() else "ready"
        try:
            self._control_plane.check_durable()
        except AwsError as error:
            status = error.message
        return {
            "status": status,
            "endpoint": self.endpoint_url,
            "uptime_seconds": round(time.time() - self._started, 1),
            "services": {
                **own,
                "control-plane": {"status": "running", "version": f"moto {version('moto')}"},
            },
        }

    def run(self, *, drop_failing_entries: bool = False) -> None:
        """Replay, serve until `stop` is called, then end everything in order."""
        try:
            self._control_plane.replay(drop_failing=drop_failing_entries)
            changed = self._s3.recover()
            if changed:
                log.info("%d objects were brought up to date with their files", changed)
            serving = threading.Thread(target=self._server.serve, name="http")
            serving.start()
            log.info(
                "local cloud is ready on %s, state in %s", self.endpoint_url, self.context.state_dir
            )
            for service in self._services.values():
                service.start()
            self._stopping.wait()
        finally:
            self._shut_down()

    def stop(self) -> None:
        """Make `run` end; safe to call from a signal handler."""
        self._stopping.set()

    def _shut_down(self) -> None:
        """Executors first: they report the end of what they ran to this endpoint."""
        self._stopping.set()
        self._router.draining = True
        log.info("stopping")
        for name, service in self._services.items():
            try:
                service.stop()
            except Exception:
                log.exception("%s did not stop cleanly", name)
        self._server.stop()
        self._index.close()
        self._records.close()
        self._journal.close()
        self._state_lock.close()
        log.info("stopped")


def make_services(context: CloudContext, records: Records) -> Mapping[str, Service]:
    """The executors by AWS service name."""
    return {
        "ecs": EcsService(context, records),
        "glue": GlueJobService(context, records),
        "athena": AthenaService(context, records),
    }
