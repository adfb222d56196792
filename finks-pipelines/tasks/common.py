"""What every task shares: retries by kind of error, run ids, and requests side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as AwsConnectionError
from prefect import task
from prefect.context import TaskRunContext
from prefect.runtime import flow_run
from prefect.tasks import exponential_backoff

from config import Settings
from errors import PipelineError, TransientError

_REQUEST_THREADS = 16
_THROTTLED = frozenset(
    {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"}
)
_SERVER_ERROR = 500


def transient(_task: Any, _run: Any, state: Any) -> bool:
    """Prefect's retry condition: only failures that may pass are tried again."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, PipelineError) and error.transient


def pipeline_task[**P, R](name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A Prefect task that retries transient errors, as often as the settings say.

    `name` may name the task's parameters in braces: it is shown in the task tree.
    """
    settings = Settings()
    decorate = task(
        name=name.split("{")[0].strip(),
        task_run_name=name,
        retries=settings.transient_retries,
        retry_delay_seconds=exponential_backoff(settings.retry_delay_seconds),
        retry_condition_fn=transient,
    )
    return cast("Callable[[Callable[P, R]], Callable[P, R]]", decorate)


@contextmanager
def aws_errors(doing: str) -> Iterator[None]:
    """Turn AWS's passing troubles into transient errors; all others go through unchanged."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code = error.response.get("Error", {}).get("Code", "")
        if code in _THROTTLED or status >= _SERVER_ERROR:
            raise TransientError(f"AWS could not {doing} now: {error}") from error
        raise
    except (AwsConnectionError, HTTPClientError) as error:
        raise TransientError(
            f"AWS could not be reached to {doing}: {error}."
            " Look whether the endpoint is up, then run the pipeline again"
        ) from error


def new_run_id() -> str:
    """An id for what one attempt writes: time, flow run and attempt.

    Each attempt has its own, so that a repetition never writes over files that an earlier
    attempt has committed.
    """
    context = TaskRunContext.get()
    attempt = context.task_run.run_count if context is not None else 1
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{stamp}-{correlation_id()[:8]}-{attempt}"


def correlation_id() -> str:
    """The id of the flow run, which stands on every log line of what it starts."""
    return str(flow_run.root_flow_run_id or "manual")


def in_parallel[A, B](function: Callable[[A], B], items: Iterable[A]) -> list[B]:
    """The function of each item, in order; for small requests that mostly wait."""
    with ThreadPoolExecutor(_REQUEST_THREADS) as pool:
        return list(pool.map(function, items))
