from __future__ import annotations

import signal
import time

import psutil
import pytest

from tests.unit.local.cloud.ecs.conftest import CLUSTER, Tasks, eventually


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_task_that_ends_well(tasks: Tasks) -> None:
    family = tasks.define("python", "-c", "print('hello')")
    begun = tasks.run(family, startedBy="the test", tags=[{"key": "run", "value": "7"}])
    assert begun["lastStatus"] == "PROVISIONING"
    assert begun["desiredStatus"] == "RUNNING"
    task = tasks.wait(begun)
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["stoppedReason"] == "Essential container in task exited"
    assert task["startedBy"] == "the test"
    assert task["group"] == f"family:{family}"
    assert task["taskDefinitionArn"].endswith(f":task-definition/{family}:1")
    assert (task["cpu"], task["memory"], task["launchType"]) == ("256", "512", "FARGATE")
    assert task["platformVersion"] == "1.4.0"
    assert task["createdAt"] <= task["startedAt"] <= task["stoppingAt"] <= task["stoppedAt"]
    (container,) = task["containers"]
    assert container["exitCode"] == 0
    assert container["lastStatus"] == "STOPPED"
    assert container["image"] == "registry.example/team/demo:1.2"
    assert tasks.lines(task) == ["hello"]


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("raise SystemExit(4)", 4),
        ("raise ValueError('no')", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137),
    ],
)
def test_the_exit_code_is_the_containers(tasks: Tasks, code: str, exit_code: int) -> None:
    task = tasks.finish("python", "-c", code)
    assert task["containers"][0]["exitCode"] == exit_code
    assert task["stopCode"] == "EssentialContainerExited"


def test_stop_sends_sigterm_first(tasks: Tasks) -> None:
    task = tasks.run(tasks.define("sh", "-c", "echo up; exec sleep 600"))
    eventually(lambda: tasks.lines(task) == ["up"])
    answer = tasks.ecs.stop_task(cluster=CLUSTER, task=task["taskArn"], reason="enough")["task"]
    assert answer["desiredStatus"] == "STOPPED"
    stopped = tasks.wait(task)
    assert stopped["containers"][0]["exitCode"] == 128 + signal.SIGTERM
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "enough")


def test_stop_lets_the_container_finish_its_work(tasks: Tasks) -> None:
    code = (
        "import signal, sys, time\n"
        "def end(*_): print('clean-up'); sys.exit(6)\n"
        "signal.signal(signal.SIGTERM, end); print('up'); time.sleep(600)"
    )
    task = tasks.run(tasks.define("python", "-c", code))
    eventually(lambda: tasks.lines(task) == ["up"])
    tasks.ecs.stop_task(cluster=CLUSTER, task=task["taskArn"])
    stopped = tasks.wait(task)
    assert stopped["containers"][0]["exitCode"] == 6
    assert stopped["stoppedReason"] == "Task stopped by user"
    assert tasks.lines(task) == ["up", "clean-up"]


def test_stop_kills_after_the_stop_timeout(tasks: Tasks) -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('up'); time.sleep(600)"
    )
    task = tasks.run(tasks.define("python", "-c", code, stopTimeout=2))
    eventually(lambda: tasks.lines(task) == ["up"])
    asked = time.monotonic()
    tasks.ecs.stop_task(cluster=CLUSTER, task=task["taskArn"])
    assert tasks.describe(task)["lastStatus"] == "RUNNING"
    stopped = tasks.wait(task)
    assert time.monotonic() - asked >= 2
    assert stopped["containers"][0]["exitCode"] == 128 + signal.SIGKILL


def test_every_child_dies_with_the_task(tasks: Tasks) -> None:
    script = (
        "sleep 600 & echo $!; setsid sleep 600 & echo $!; "
        "(setsid sh -c 'echo $$; exec sleep 600' &); sleep 0.5; echo end"
    )
    task = tasks.finish("sh", "-c", script)
    lines = tasks.lines(task)
    assert lines[-1] == "end"
    children = [int(line) for line in lines[:-1]]
    assert len(children) == 3
    assert not [pid for pid in children if alive(pid)]


def test_an_essential_container_takes_the_others_with_it(tasks: Tasks) -> None:
    family = tasks.define("python", "-c", "import time; time.sleep(1); raise SystemExit(3)")
    definition = tasks.ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    (app,) = definition["containerDefinitions"]
    beside = {**app, "name": "beside", "essential": False, "command": ["sleep", "600"]}
    tasks.ecs.register_task_definition(
        family=family,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[app, beside],
    )
    task = tasks.wait(tasks.run(f"{family}:2"))
    assert {c["name"]: c["exitCode"] for c in task["containers"]} == {"app": 3, "beside": 143}


def test_stopping_the_cloud_stops_its_tasks(own_tasks: Tasks) -> None:
    code = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print(os.getpid()); time.sleep(600)"
    )
    task = own_tasks.run(own_tasks.define("python", "-c", code))
    (pid,) = eventually(lambda: own_tasks.lines(task))
    assert own_tasks.cloud.stop() == 0
    assert not alive(int(pid))
    own_tasks.cloud.start()
    stopped = own_tasks.describe(task)
    assert stopped["lastStatus"] == "STOPPED"
    assert stopped["stopCode"] == "TerminationNotice"
    assert "Host terminated" in stopped["stoppedReason"]
    assert stopped["containers"][0]["exitCode"] == 137
    assert own_tasks.lines(task) == [pid]


def test_tasks_of_a_killed_cloud_are_ended_at_its_next_start(own_tasks: Tasks) -> None:
    script = "setsid sleep 600 & echo $$ $!; exec sleep 600"
    task = own_tasks.run(own_tasks.define("sh", "-c", script))
    (line,) = eventually(lambda: own_tasks.lines(task))
    pids = [int(pid) for pid in line.split()]
    own_tasks.cloud.kill()
    assert all(alive(pid) for pid in pids)
    own_tasks.cloud.start()
    stopped = own_tasks.wait(task)
    assert not [pid for pid in pids if alive(pid)]
    assert "Host terminated" in stopped["stoppedReason"]
    assert stopped["stopCode"] == "TerminationNotice"
    assert stopped["containers"][0]["exitCode"] == 137
    # and the cloud goes on working
    again = own_tasks.wait(own_tasks.run(own_tasks.define("true")))
    assert again["containers"][0]["exitCode"] == 0
