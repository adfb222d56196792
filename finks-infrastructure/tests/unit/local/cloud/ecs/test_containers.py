from __future__ import annotations

import json
from typing import Any

import pytest

from local.cloud.ecs.containers import repository_of
from tests.unit.local.cloud.ecs.conftest import CLUSTER, Tasks, eventually

SHOW = "import json, os; print(json.dumps(dict(os.environ)))"


def environment(tasks: Tasks, task: dict[str, Any]) -> dict[str, str]:
    shown: dict[str, str] = json.loads(tasks.lines(task)[0])
    return shown


@pytest.mark.parametrize(
    "image",
    [
        "finks-dbt",
        "finks-dbt:1.0",
        "1234.dkr.ecr.ca-central-1.amazonaws.com/finks-dbt:1.0",
        "localhost:5000/team/finks-dbt",
        "registry/finks-dbt:1@sha256:0123",
    ],
)
def test_repository_of_an_image(image: str) -> None:
    assert repository_of(image) == "finks-dbt"


def test_the_environment_is_made_from_nothing(tasks: Tasks) -> None:
    task = tasks.finish("python", "-c", SHOW, environment=[{"name": "FINKS_ENV", "value": "local"}])
    found = environment(tasks, task)
    assert found["FINKS_ENV"] == "local"
    assert found["TZ"] == "UTC"
    assert found["AWS_ENDPOINT_URL"] == tasks.cloud.endpoint_url
    assert found["AWS_REGION"] == "ca-central-1"
    assert found["FINKS_STATE_DIR"] == str(tasks.cloud.state_dir)
    project = tasks.cloud.projects_dir / "demo"
    assert found["PATH"].startswith(f"{project / '.venv' / 'bin'}:")
    assert "FINKS_TEST_LEAK" not in found
    assert found["HOME"] == found["TMPDIR"]


def test_it_runs_in_its_project_with_the_projects_python(tasks: Tasks) -> None:
    task = tasks.finish("-c", "pwd; command -v python", entryPoint=["sh"])
    project = tasks.cloud.projects_dir / "demo"
    assert tasks.lines(task) == [str(project), str(project / ".venv" / "bin" / "python")]


def test_overrides_win_over_secrets_and_those_over_the_definition(tasks: Tasks) -> None:
    plain = tasks.secrets.create_secret(Name="plain", SecretString="s3cret")["ARN"]
    pairs = tasks.secrets.create_secret(
        Name="pairs", SecretString=json.dumps({"user": "finks", "port": 5432})
    )["ARN"]
    family = tasks.define(
        "python", "-c", SHOW,
        environment=[{"name": "A", "value": "definition"}, {"name": "B", "value": "definition"}],
        secrets=[
            {"name": "KEY", "valueFrom": plain},
            {"name": "USER_NAME", "valueFrom": f"{pairs}:user::"},
            {"name": "PORT", "valueFrom": f"{pairs}:port:AWSCURRENT:"},
            {"name": "REPLACED", "valueFrom": plain},
        ],
    )  # fmt: skip
    override = {
        "name": "app",
        "environment": [
            {"name": "B", "value": "override"},
            {"name": "REPLACED", "value": "override"},
        ],
    }
    task = tasks.wait(tasks.run(family, overrides={"containerOverrides": [override]}))
    assert task["overrides"]["containerOverrides"] == [override]
    found = environment(tasks, task)
    names = ("A", "B", "KEY", "USER_NAME", "PORT", "REPLACED")
    assert {name: found[name] for name in names} == {
        "A": "definition",
        "B": "override",
        "KEY": "s3cret",
        "USER_NAME": "finks",
        "PORT": "5432",
        "REPLACED": "override",
    }


def test_an_override_takes_the_place_of_the_command_alone(tasks: Tasks) -> None:
    family = tasks.define("-c", "echo definition", entryPoint=["sh"])
    override = {"name": "app", "command": ["-c", "echo override"]}
    task = tasks.wait(tasks.run(family, overrides={"containerOverrides": [override]}))
    assert tasks.lines(task) == ["override"]


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        ("arn:aws:secretsmanager:ca-central-1:123456789012:secret:none-AbCdEf", "ResourceNotFound"),
        ("my-secret", "invalid valueFrom"),
        ("{arn}:missing::", "did not contain json key missing"),
        ("{arn}:user:NOSTAGE:", "failed to fetch secret"),
    ],
)
def test_a_secret_that_cannot_be_resolved(tasks: Tasks, suffix: str, text: str) -> None:
    name = f"partial-{abs(hash(suffix))}"
    arn = tasks.secrets.create_secret(Name=name, SecretString='{"user": "finks"}')["ARN"]
    secrets = [{"name": "KEY", "valueFrom": suffix.format(arn=arn)}]
    task = tasks.finish("python", "-c", SHOW, secrets=secrets)
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("ResourceInitializationError: unable to pull secrets")
    assert text in task["stoppedReason"]
    assert "exitCode" not in task["containers"][0]
    assert "startedAt" not in task


def test_an_image_that_is_no_project(tasks: Tasks) -> None:
    task = tasks.finish("true", image="registry/nothing:1")
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError: registry/nothing:1")


def test_a_program_that_is_not_there(tasks: Tasks) -> None:
    task = tasks.finish("no-such-program")
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["containers"][0]["reason"].startswith("CannotStartContainerError")
    assert "no-such-program" in task["containers"][0]["reason"]


def test_a_log_group_that_is_missing(tasks: Tasks) -> None:
    def logging(create: str) -> dict[str, Any]:
        options = {
            "awslogs-group": "/ecs/missing",
            "awslogs-region": "ca-central-1",
            "awslogs-stream-prefix": "ecs",
            "awslogs-create-group": create,
        }
        return {"logDriver": "awslogs", "options": options}

    task = tasks.finish("echo", "hello", logConfiguration=logging("false"))
    assert task["stopCode"] == "TaskFailedToStart"
    assert "failed to create Cloudwatch log stream" in task["stoppedReason"]
    assert "ResourceNotFoundException" in task["stoppedReason"]
    made = tasks.finish("echo", "hello", logConfiguration=logging("true"))
    assert made["containers"][0]["exitCode"] == 0
    streams = tasks.logs.describe_log_streams(logGroupName="/ecs/missing")["logStreams"]
    task_id = made["taskArn"].rpartition("/")[2]
    assert [stream["logStreamName"] for stream in streams] == [f"ecs/app/{task_id}"]


def test_log_lines_are_complete_and_in_order(tasks: Tasks) -> None:
    code = (
        "import sys\n"
        "for i in range(15000):\n"
        "    print(f'line {i:05}', file=sys.stdout if i < 9000 else sys.stderr)\n"
        "print('ä\\u2603', end='')"
    )
    task = tasks.finish("python", "-c", code)
    lines = tasks.lines(task)
    assert len(lines) == 15001
    assert lines[:9000] == [f"line {i:05}" for i in range(9000)]
    assert [x for x in lines if x.startswith("line")][9000:] == [
        f"line {i:05}" for i in range(9000, 15000)
    ]
    assert "ä☃" in lines
    task_id = task["taskArn"].rpartition("/")[2]
    (file,) = (tasks.cloud.state_dir / "logs" / "ecs").rglob(f"{task_id}.app.log")
    assert sorted(file.read_text(encoding="utf-8").splitlines()) == sorted(lines)


def test_log_lines_appear_while_the_task_runs(tasks: Tasks) -> None:
    task = tasks.run(tasks.define("python", "-c", "print('first'); import time; time.sleep(600)"))
    eventually(lambda: tasks.lines(task) == ["first"])
    assert tasks.describe(task)["lastStatus"] == "RUNNING"
    tasks.ecs.stop_task(cluster=CLUSTER, task=task["taskArn"])
    tasks.wait(task)
