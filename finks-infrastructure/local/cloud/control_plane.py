"""The control plane: moto's server application in this process, made durable by a journal.

One request at a time: moto's models are not made for threads, the journal has to have the order
in which changes happened, and identifiers have to come out the same on replay. For that each
change seeds moto's source of random numbers, and the replay sets the clock back to its time.
"""

from __future__ import annotations

import io
import logging
import re
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

import time_machine
from moto.backends import get_backend
from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from local.cloud import guards
from local.cloud.journal import Entry, Journal, JournalError
from local.cloud.operations import credential_scope, identify
from local.cloud.service import AwsError
from local.cloud.web import Environ, Reply, Request

log = logging.getLogger(__name__)
_SEED_BITS = 63
_SEED = "finks.seed"
_REGION = "finks.region"
_REPLAY_LOG_EVERY = 1000
RETENTION_DAYS = 30
"""How long log events and metrics are kept; all else is kept for ever."""
_EXPIRING = (("logs", "PutLogEvents"), ("monitoring", "PutMetricData"))
_DROPPED_HEADERS = ("connection", "expect", "transfer-encoding", "user-agent", "accept-encoding")


class _Dispatcher(DomainDispatcherApplication):
    """Moto's application, with identifiers that do not depend on what was asked before.

    Which backend a host means is looked up on disk only once: moto does it for each request.
    """

    def __init__(self, account_id: str) -> None:
        super().__init__(create_backend_app)
        self._account_id = account_id
        self._backends: dict[str | None, Any] = {}
        self._made: set[tuple[str, str]] = set()

    def get_application(self, environ: Environ) -> Any:
        """Find the application, make its backend, then seed the identifiers of the request.

        Backends are made when they are first asked for, be it by a read that is not in the
        journal, and some begin with content (the default VPC of EC2): hence a seed of their own.
        """
        application: Any = super().get_application(environ)
        name, region = application.service, environ[_REGION]
        if (name, region) not in self._made:
            self._made.add((name, region))
            mock_random.seed(f"{name} {region}")
            regions = get_backend(name)[self._account_id]
            if region in regions:
                _ = regions[region]
        mock_random.seed(environ[_SEED])
        return application

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]


class ControlPlane:
    """Answers what the executors and S3 objects do not; changes survive a restart."""

    def __init__(self, journal: Journal, account_id: str, region: str) -> None:
        self._journal = journal
        self._account_id = account_id
        self._region = region
        self._lock = threading.RLock()
        self._application = _Dispatcher(account_id)
        self._failure = ""

    def handle(self, request: Request, body: bytes) -> Reply:
        """Answer a request; raises AwsError for what AWS refuses and moto would not."""
        operation = identify(request, body)
        entry = _entry_of(request, body, operation.service, operation.action)
        with self._lock:
            self.check_durable()
            guards.check(operation, self._account_id, _region_of(entry, self._region), body)
            if not operation.mutating:
                return self._run(entry)
            reply = self._run(entry)
            if reply.status < 400:
                self._record(entry)
        return reply

    def check_durable(self) -> None:
        """Raise AwsError once a change could not be put on disk."""
        if self._failure:
            raise AwsError(
                "ServiceUnavailable",
                f"The journal could not be written ({self._failure}): free disk space and restart"
                " the local cloud; changes since then were not acknowledged.",
                503,
            )

    def _record(self, entry: Entry) -> None:
        try:
            self._journal.append(entry)
        except Exception as error:
            # Memory is ahead of the disk now: serve nothing that could be lost.
            self._failure = str(error) or type(error).__name__
            log.exception("the journal could not be written")
            self.check_durable()

    def replay(self, *, drop_failing: bool = False) -> int:
        """Make the state of the journal; before anything else uses moto. Returns the entries.

        Raises JournalError when an entry is damaged or is refused now; with `drop_failing`
        refused entries are removed from the journal instead.
        """
        forgotten = self._journal.forget(_EXPIRING, time.time() - RETENTION_DAYS * 86_400)
        if forgotten:
            log.info("forgot %d batches of logs and metrics past their retention", forgotten)
        total = len(self._journal)
        started = time.monotonic()
        with self._lock, time_machine.travel(0.0, tick=False) as traveller:
            for count, (sequence, entry) in enumerate(self._journal.entries(), start=1):
                traveller.move_to(entry.recorded_at)
                try:
                    reply = self._run(entry)
                except AwsError as error:
                    reply = Reply(error.status, body=error.message.encode())
                if reply.status >= 400:
                    self._refused(sequence, entry, reply, drop=drop_failing)
                if count % _REPLAY_LOG_EVERY == 0:
                    log.info("replayed %d of %d changes", count, total)
        log.info("replayed %d changes in %.1f s", total, time.monotonic() - started)
        return total

    def _refused(self, sequence: int, entry: Entry, reply: Reply, *, drop: bool) -> None:
        text = reply.body[:300].decode("utf-8", "replace") if isinstance(reply.body, bytes) else ""
        problem = f"entry {sequence} ({entry.service} {entry.action}) is refused now: {text}"
        if not drop:
            raise JournalError(
                f"the journal cannot be replayed: {problem}. Put the earlier version of moto back,"
                " or start with --drop-failing-entries to go on without it, or run `make reset`"
            )
        log.warning("dropped from the journal: %s", problem)
        self._journal.remove(sequence)

    def bucket_names(self) -> Collection[str]:
        """The S3 buckets that exist."""
        buckets: Collection[str] = get_backend("s3")[self._account_id]["aws"].buckets
        return buckets

    def _run(self, entry: Entry) -> Reply:
        """Let moto answer. Its random identifiers follow from the entry's seed."""
        environ = _environ_of(entry)
        environ[_SEED] = entry.seed
        environ[_REGION] = _region_of(entry, self._region)
        answer = Reply()

        def start_response(
            status: str, headers: list[tuple[str, str]], _exc_info: object = None
        ) -> Callable[[bytes], object]:
            answer.status = int(status.split()[0])
            answer.headers = [
                (name, value) for name, value in headers if name.lower() != "content-length"
            ]
            return lambda _data: None

        try:
            chunks: Iterable[bytes] = self._application(environ, start_response)
            answer.body = b"".join(chunks)
        except Exception:
            log.exception("the control plane failed on %s %s", entry.service, entry.action)
            raise AwsError(
                "InternalFailure",
                f"The control plane failed on {entry.service} {entry.action}; see the log.",
                500,
            ) from None
        if entry.method == "HEAD":
            length = str(len(answer.body)) if isinstance(answer.body, bytes) else "0"
            answer.headers.append(("Content-Length", length))
        return answer


def _entry_of(request: Request, body: bytes, service: str, action: str) -> Entry:
    headers = {name: text for name, text in request.headers.items() if name not in _DROPPED_HEADERS}
    if scope := credential_scope(request):
        # Which service it is for is all that the signature is good for here.
        key, region, signed_for = scope
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={key}/20000101/{region}/{signed_for}/aws4_request,"
            " SignedHeaders=host, Signature=0"
        )
    return Entry(
        recorded_at=time.time(),
        seed=secrets.randbits(_SEED_BITS),
        service=service,
        action=action,
        method=request.method,
        path=request.path,
        query=request.environ.get("QUERY_STRING", ""),
        headers=headers,
        body=body,
    )


def _region_of(entry: Entry, default: str) -> str:
    match = re.search(r"Credential=[^/]+/\d+/([^/]+)/", entry.headers.get("authorization", ""))
    return match[1] if match else default


def _environ_of(entry: Entry) -> Environ:
    host, _, port = entry.headers.get("host", "localhost").partition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": entry.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(entry.path).decode("latin-1"),
        "RAW_URI": entry.path + (f"?{entry.query}" if entry.query else ""),
        "QUERY_STRING": entry.query,
        "SERVER_NAME": host,
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(entry.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_TYPE": entry.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(entry.body)),
    }
    for name, value in entry.headers.items():
        if name not in ("content-type", "content-length"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ
