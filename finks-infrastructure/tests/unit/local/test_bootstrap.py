"""The blueprint in a real local cloud: made once, found again, changed only where it changed."""

from __future__ import annotations

from pathlib import Path

from blueprint.tables import FMP_QUOTES
from config.local import LocalSettings
from local.bootstrap import GLUE_SCRIPT, bootstrap
from tests.conftest import RunningCloud


def settings_of(cloud: RunningCloud, **changed: str) -> LocalSettings:
    return LocalSettings.model_validate(
        {"FINKS_STATE_DIR": cloud.state_dir, "FINKS_CLOUD_PORT": cloud.port, **changed}
    )


def test_a_second_bootstrap_changes_nothing_even_after_a_restart(own_cloud: RunningCloud) -> None:
    made = list(bootstrap(settings_of(own_cloud)))
    assert f"Glue table finks_local_silver.{FMP_QUOTES.name}" in made
    assert list(bootstrap(settings_of(own_cloud))) == []

    own_cloud.kill()
    own_cloud.start()
    assert list(bootstrap(settings_of(own_cloud))) == []


def test_another_key_and_address_change_the_secret_and_the_task_alone(
    own_cloud: RunningCloud,
) -> None:
    list(bootstrap(settings_of(own_cloud)))
    changed = settings_of(
        own_cloud, FMP_BASE_URL="https://fmp.example/stable", FMP_API_KEY="another"
    )
    names = changed.names
    assert list(bootstrap(changed)) == [
        f"secret {names.fmp_secret} changed",
        f"ECS task definition {names.ingestion_task}",
        # With the real FMP the clock is no longer the replay's.
        f"ECS task definition {names.dbt_task}",
    ]
    secrets = own_cloud.client("secretsmanager")
    assert secrets.get_secret_value(SecretId=names.fmp_secret)["SecretString"] == "another"


def test_the_glue_script_in_the_lake_is_the_one_of_the_repository(
    own_cloud: RunningCloud, tmp_path: Path
) -> None:
    settings = settings_of(own_cloud)
    list(bootstrap(settings))
    bucket, _, key = settings.names.glue_script.removeprefix("s3://").partition("/")
    copy = tmp_path / "script.py"
    own_cloud.client("s3").download_file(bucket, key, str(copy))
    assert copy.read_bytes() == GLUE_SCRIPT.read_bytes()
