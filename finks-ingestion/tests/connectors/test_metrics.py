"""What a run tells CloudWatch, as CloudWatch answers it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from connectors.errors import ConfigurationError, ExitCode
from connectors.flags import Command
from connectors.metrics import METRICS, NAMESPACE, metrics_of, publish_metrics
from connectors.report import DatasetReport, RunReport
from connectors.settings import RunSettings, load_settings
from tests.metrics import figures

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

BEGAN = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
PRICES, QUOTE, ALL = "historical_price_eod", "quote", "all"


def settings(**given: str) -> RunSettings:
    return load_settings(
        RunSettings,
        [f"--{name.replace('_', '-')}={value}" for name, value in given.items()],
        Command("test"),
    )


@pytest.fixture(autouse=True)
def run_of_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "EXTRACTION_DATE": "2013-02-15",
        "FINKS_TODAY": "2013-03-01",
        "S3_BUCKET": "finks-dev-bronze",
        "SYMBOLS": "AAPL",
    }.items():
        monkeypatch.setenv(name, value)


def report(*latencies: float) -> RunReport:
    made = RunReport("fmp", "run-1", "", started_at=BEGAN)
    made.finished_at = BEGAN + timedelta(seconds=90)
    made.api_calls, made.retries = 12, 2
    made.datasets = [
        DatasetReport(PRICES, rows=500, records_rejected=3),
        DatasetReport(QUOTE, status="skipped"),
    ]
    for seconds in latencies:
        made.latency.add(seconds)
    return made


def sent(client: CloudWatchClient, statistic: str = "Sum") -> dict[tuple[str, str], float]:
    """A statistic by metric and dataset; each has the other dimensions of a run in dev."""
    found = {}
    for (metric, dimensions), point in figures(client, NAMESPACE).items():
        (environment, (name, dataset), stage) = dimensions
        assert environment == ("Environment", "dev")
        assert name == "Dataset"
        assert stage == ("Stage", "extraction")
        found[metric, dataset] = point[statistic]  # type: ignore[literal-required]
    return found


def test_a_run_sends_rows_rejects_calls_retries_and_latencies(
    cloudwatch: CloudWatchClient,
) -> None:
    publish_metrics(report(0.25, 0.75), settings(finks_env="dev"))
    assert sent(cloudwatch) == {
        ("RecordsProcessed", PRICES): 500,
        ("RecordsRejected", PRICES): 3,
        ("RecordsProcessed", QUOTE): 0,
        ("RecordsRejected", QUOTE): 0,
        ("ApiCalls", ALL): 12,
        ("ApiRetries", ALL): 2,
        ("CallLatency", ALL): 1,
        ("PipelineLatency", ALL): 90,
    }
    assert {metric for metric, _ in sent(cloudwatch)} == set(METRICS)
    latency = "CallLatency", ALL
    assert sent(cloudwatch, "SampleCount")[latency] == 2
    assert sent(cloudwatch, "Average")[latency] == 0.5
    assert sent(cloudwatch, "Minimum")[latency] == 0.25
    assert sent(cloudwatch, "Maximum")[latency] == 0.75


def test_runs_add_up(cloudwatch: CloudWatchClient) -> None:
    publish_metrics(report(1), settings(finks_env="dev"))
    publish_metrics(report(3), settings(finks_env="dev"))
    assert sent(cloudwatch)["RecordsProcessed", PRICES] == 1000
    assert sent(cloudwatch)["CallLatency", ALL] == 4
    assert sent(cloudwatch, "SampleCount")["PipelineLatency", ALL] == 2


@pytest.mark.parametrize("code", ExitCode)
def test_a_run_that_failed_before_its_first_dataset_tells_its_calls(
    code: ExitCode, cloudwatch: CloudWatchClient
) -> None:
    failed = report()
    failed.exit_code, failed.datasets = code, []
    publish_metrics(failed, settings(finks_env="dev"))
    assert sent(cloudwatch) == {
        ("ApiCalls", ALL): 12,
        ("ApiRetries", ALL): 2,
        ("PipelineLatency", ALL): 90,
    }


def test_without_an_environment_nothing_is_sent(cloudwatch: CloudWatchClient) -> None:
    publish_metrics(report(1), settings())
    assert cloudwatch.list_metrics()["Metrics"] == []


def test_a_run_that_did_not_end_has_no_latency() -> None:
    running = report()
    running.finished_at = None
    assert "PipelineLatency" not in {value.metric for value in metrics_of(running, "dev")}


def test_what_cannot_be_sent_is_one_warning_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    made = report(1)
    with caplog.at_level(logging.WARNING):
        publish_metrics(made, settings(finks_env="dev"))
    (warning,) = [record for record in caplog.records if record.name == "connectors.metrics"]
    assert warning.levelname == "WARNING"
    assert "unset FINKS_ENV" in warning.getMessage()
    assert made.exit_code is ExitCode.COMPLETE


def test_an_unknown_environment_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        ConfigurationError, match=r"FINKS_ENV .*'local', 'dev', 'staging' or 'prod'"
    ):
        settings(finks_env="production")
