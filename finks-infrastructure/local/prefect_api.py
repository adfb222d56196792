"""The few calls of Prefect's REST API that the command line makes.

The command line lives in another environment than Prefect, so it speaks HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
import tenacity

from config.local import LocalSettings

_REQUEST_SECONDS = 30.0
_BUSY_SECONDS = 30.0
_BUSY_WAIT_SECONDS = 1.0
_LOG_PAGE = 200
_INFO = 20
FINAL_STATES = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
_IN_FLIGHT = ("PENDING", "RUNNING", "CANCELLING")


class PrefectApiError(Exception):
    """Prefect refused a request or did not answer."""


@dataclass(frozen=True)
class FlowRun:
    """A flow run; `state_type` is Prefect's (COMPLETED), `state_name` the flow's own (Skipped)."""

    id: str
    name: str
    state_type: str
    state_name: str
    message: str

    @property
    def finished(self) -> bool:
        """Whether the state is final."""
        return self.state_type in FINAL_STATES

    @property
    def succeeded(self) -> bool:
        """Whether the run came to a good end: completed, skipped or incomplete."""
        return self.state_type == "COMPLETED"


@dataclass(frozen=True)
class LogLine:
    """A line that a flow run logged; `timestamp` is ISO 8601 in UTC."""

    id: str
    timestamp: str
    level: int
    message: str


def _is_busy(answer: httpx.Response) -> bool:
    return answer.status_code == httpx.codes.SERVICE_UNAVAILABLE


def _last_answer(state: tenacity.RetryCallState) -> httpx.Response:
    assert state.outcome is not None  # noqa: S101  # it is called after an attempt
    answer: httpx.Response = state.outcome.result()
    return answer


class PrefectApi:
    """A client of one Prefect server. Use it as a context manager."""

    def __init__(self, settings: LocalSettings) -> None:
        self._client = httpx.Client(
            base_url=settings.prefect_api_url, timeout=_REQUEST_SECONDS, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def ensure_process_pool(self, name: str) -> bool:
        """Make a work pool of type process; False when it was there."""
        if self._client.get(f"/work_pools/{name}").status_code == httpx.codes.OK:
            return False
        self._call("POST", "/work_pools/", {"name": name, "type": "process"})
        return True

    def run_deployment(self, deployment: str, parameters: dict[str, Any]) -> FlowRun:
        """Schedule a run of ``flow/deployment`` for now."""
        found = self._call("GET", f"/deployments/name/{deployment}")
        created = self._call(
            "POST",
            f"/deployments/{found['id']}/create_flow_run",
            {"parameters": parameters, "state": {"type": "SCHEDULED"}},
        )
        return _flow_run(created)

    def flow_run(self, run_id: str) -> FlowRun:
        """A flow run as it is now."""
        return _flow_run(self._call("GET", f"/flow_runs/{run_id}"))

    def family(self, run_id: str) -> list[str]:
        """Ids of a flow run and of its direct subflow runs."""
        children = self._call(
            "POST",
            "/flow_runs/filter",
            {"flow_runs": {"parent_flow_run_id": {"any_": [run_id]}}},
        )
        return [run_id, *(child["id"] for child in children)]

    def crash_in_flight(self, message: str) -> int:
        """End every run that says it is under way; for when no worker can be running one.

        A run whose process is gone would keep its deployment's only slot, and all later runs
        would wait for it. Returns how many there were.
        """
        found = self._call(
            "POST", "/flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": _IN_FLIGHT}}}}
        )
        for run in found:
            self._call(
                "POST",
                f"/flow_runs/{run['id']}/set_state",
                {"state": {"type": "CRASHED", "message": message}, "force": True},
            )
        return len(found)

    def cancel(self, run_id: str) -> None:
        """Ask for a run to be cancelled."""
        self._call("POST", f"/flow_runs/{run_id}/set_state", {"state": {"type": "CANCELLING"}})

    def logs(self, run_ids: list[str], *, after: str | None) -> list[LogLine]:
        """Log lines of INFO and above at or after a timestamp, oldest first (one page)."""
        wanted: dict[str, Any] = {
            "flow_run_id": {"any_": run_ids},
            "level": {"ge_": _INFO},
        }
        if after is not None:
            wanted["timestamp"] = {"after_": after}
        found = self._call(
            "POST",
            "/logs/filter",
            {"logs": wanted, "sort": "TIMESTAMP_ASC", "limit": _LOG_PAGE},
        )
        return [
            LogLine(line["id"], line["timestamp"], line["level"], line["message"]) for line in found
        ]

    @tenacity.retry(
        retry=tenacity.retry_if_result(_is_busy),
        wait=tenacity.wait_fixed(_BUSY_WAIT_SECONDS),
        stop=tenacity.stop_after_delay(_BUSY_SECONDS),
        retry_error_callback=_last_answer,
    )
    def _patient(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        """Send a request, again while Prefect answers 503: its SQLite file is locked."""
        return self._client.request(method, path, json=body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            answer = self._patient(method, path, body)
        except httpx.HTTPError as error:
            raise PrefectApiError(
                f"Prefect does not answer at {self._client.base_url} ({type(error).__name__});"
                " 'make status' tells what runs, 'make start' starts it"
            ) from None
        if answer.is_error:
            raise PrefectApiError(f"Prefect refused {method} {path}: {_detail(answer)}")
        return answer.json() if answer.content else None


def _detail(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.text[:200]}"
    detail = body.get("detail") or body.get("exception_detail") or body
    return detail if isinstance(detail, str) else f"{answer.status_code} {detail}"


def _flow_run(answer: dict[str, Any]) -> FlowRun:
    state = answer.get("state") or {}
    return FlowRun(
        id=answer["id"],
        name=answer["name"],
        state_type=state.get("type") or "PENDING",
        state_name=state.get("name") or "Pending",
        message=state.get("message") or "",
    )
