from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from runner.artifacts import upload_artifacts
from runner.settings import Settings


@pytest.fixture
def work_dir(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    (tmp_path / "logs").mkdir()
    (tmp_path / "target/run_results.json").write_text("{}")
    (tmp_path / "target/manifest.json").write_text("{}")
    (tmp_path / "target/graph.gpickle").write_text("")
    (tmp_path / "logs/dbt.log").write_text("line")
    return tmp_path


@pytest.mark.usefixtures("aws")
def test_artifacts_are_kept_under_the_run(work_dir: Path, settings: Settings) -> None:
    uris = upload_artifacts(work_dir, settings)
    folder = "s3://finks-local-artifacts/dbt/run-1/"
    assert sorted(uris) == [
        f"{folder}{n}" for n in ("dbt.log", "manifest.json", "run_results.json")
    ]
    assert uris[-1].endswith("/run_results.json")
    stored = boto3.client("s3").get_object(Bucket="finks-local-artifacts", Key="dbt/run-1/dbt.log")
    assert stored["Body"].read() == b"line"


def test_nothing_is_uploaded_without_a_folder_for_it(work_dir: Path, settings: Settings) -> None:
    assert upload_artifacts(work_dir, replace(settings, artifacts_uri="")) == []


@pytest.mark.usefixtures("aws")
def test_missing_bucket_is_an_error(work_dir: Path, settings: Settings) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        upload_artifacts(work_dir, replace(settings, artifacts_uri="s3://finks-no-such-bucket/"))
