"""Every call to AWS in the projects' sources is one that the role of its workload may make.

The calls are read from the sources, the answers from the rendered documents of the whole program.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from graph.checks.iam_data import actions
from graph.iam.document import Request
from graph.iam.simulate import Simulator
from graph.model import Graph
from graph.stack_file import INFRASTRUCTURE
from graph.stacks import recorded
from local.services import DBT, INGESTION, PIPELINES
from tests.contracts.aws_calls import Call, UnclearCallError, find_calls
from tests.contracts.aws_permissions import REPRESENTATIVE, needed
from tests.unit.graph.iam.requests import places

REPOSITORY = INFRASTRUCTURE.parent
FOREIGN = {".venv", "tests", "node_modules", "glue_scripts"}

_FILESYSTEM = "only the file systems of pandas and Arrow cursors; dbt reads rows with the plain one"
_SPARK = "only for Python models, and there are none"
_FEDERATED = "only for catalogs other than AwsDataCatalog"
_LAKE_FORMATION = "only with lf_tags_config or lf_grants, which no model has"
_NOT_CALLED = "a helper of the cursor that dbt does not call"
_POOL = "only where the work pool's template leaves it open: ours names network and family"
UNUSED: Mapping[str, Mapping[str, str]] = {
    "dbt": {
        **dict.fromkeys(
            (
                *("athena:GetCalculationExecution", "athena:GetCalculationExecutionStatus"),
                *("athena:GetSession", "athena:GetSessionStatus", "athena:StartSession"),
                *("athena:StartCalculationExecution", "athena:StopCalculationExecution"),
                "athena:TerminateSession",
            ),
            _SPARK,
        ),
        "athena:GetDatabase": "the name of Glue's operation, which the adapter calls",
        "athena:ListTableMetadata": _FEDERATED,
        **dict.fromkeys(
            (
                *("athena:BatchGetQueryExecution", "athena:GetTableMetadata"),
                *("athena:ListDatabases", "athena:ListQueryExecutions"),
            ),
            _NOT_CALLED,
        ),
        "glue:DeleteDatabase": "only to drop a schema; the databases are the program's",
        **dict.fromkeys(
            (
                *("lakeformation:AddLFTagsToResource", "lakeformation:BatchGrantPermissions"),
                *("lakeformation:BatchRevokePermissions", "lakeformation:CreateDataCellsFilter"),
                *("lakeformation:DeleteDataCellsFilter", "lakeformation:GetResourceLFTags"),
                *("lakeformation:ListDataCellsFilter", "lakeformation:ListPermissions"),
                *("lakeformation:RemoveLFTagsFromResource", "lakeformation:UpdateDataCellsFilter"),
            ),
            _LAKE_FORMATION,
        ),
        **dict.fromkeys(
            (
                *("s3:CreateBucket", "s3:DeleteBucket", "s3:GetObjectTagging"),
                *("s3:ListAllMyBuckets", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"),
                *("s3:PutBucketAcl", "s3:PutObjectAcl", "s3:PutObjectTagging"),
            ),
            _FILESYSTEM,
        ),
        "sts:AssumeRole": "only with assume_role_arn in the profile",
        "sts:GetSessionToken": "only with serial_number (MFA) in the connection",
    },
    "prefect-worker": dict.fromkeys(
        (
            *("ec2:DescribeSubnets", "ec2:DescribeVpcs"),
            *("ecs:DeregisterTaskDefinition", "ecs:RegisterTaskDefinition"),
        ),
        _POOL,
    ),
}
"""Actions of third parties' calls that do not happen here, and why."""
NO_WORKLOAD = {
    "local": "the local cloud; it takes any credentials",
    "../finks-ingestion/bench": "a server of its own on this machine; it takes any credentials",
    "config/env_files.py": "calls nothing: it words botocore's errors",
    "validation": "a person's own credentials, read-only",
    "operations/__main__.py": "a person's own credentials",
    "operations/state_backend.py": "made by a person before there is a stack",
}
"""Sources that call AWS without a role of the program, and as whom."""


def sources(*roots: Path) -> list[Path]:
    files = [file for root in roots for file in ([root] if root.is_file() else root.rglob("*.py"))]
    return [file for file in files if not FOREIGN & set(file.relative_to(REPOSITORY).parts)]


def installed(project: Path, *modules: str) -> list[Path]:
    (packages,) = (project / ".venv" / "lib").glob("python3*/site-packages")
    roots = [packages / module for module in modules]
    assert all(root.exists() for root in roots), roots
    return [file for root in roots for file in ([root] if root.is_file() else root.rglob("*.py"))]


OWN: Mapping[str, list[Path]] = {
    "fmp-ingestion": sources(INGESTION / "connectors", INGESTION / "utils"),
    "flow-run": sources(PIPELINES),
    "glue": sorted((PIPELINES / "glue_scripts").glob("*.py")),
    "dbt": sources(DBT / "runner"),
    "api": sources(INFRASTRUCTURE / "api"),
    "deploy": [
        INFRASTRUCTURE / "operations" / name
        for name in ("deploy_flows.py", "one_off_task.py", "stack_outputs.py")
    ],
}
"""The projects' sources by the workload that runs them."""
THIRD_PARTIES: Mapping[str, list[list[Path]]] = {
    "dbt": [installed(DBT, "dbt/adapters/athena"), installed(DBT, "pyathena")],
    "prefect-worker": [
        installed(PIPELINES, "prefect_aws/workers/ecs_worker.py", "prefect_aws/observers/ecs.py")
    ],
}


@pytest.fixture(scope="module")
def dev() -> Graph:
    return recorded("dev")


@pytest.fixture(scope="module")
def simulator(dev: Graph) -> Simulator:
    return Simulator(dev)


def missing(
    calls: Iterable[Call],
    workload: str,
    simulator: Simulator,
    stands_for: Mapping[str, str],
    unused: Iterable[str] = (),
) -> list[str]:
    """What the calls need and the workload's role may not, or nobody has said on what."""
    role = f"{stands_for['role']}-{workload}"
    found = []
    for call in calls:
        for action in needed(call):
            if action in unused:
                continue
            if action not in REPRESENTATIVE[workload]:
                found.append(f"{call.place}: {action} has no resource in aws_permissions.py")
            for resource, context in REPRESENTATIVE[workload].get(action, ()):
                request = Request(role, action, resource.format_map(stands_for), context)
                decision = simulator.decide(request)
                if not decision.allowed:
                    found.append(f"{call.place}: {action} on {resource}: {decision.because}")
    return found


@pytest.mark.parametrize("workload", OWN)
def test_roles_allow_what_our_sources_call(workload: str, simulator: Simulator, dev: Graph) -> None:
    assert missing(find_calls(OWN[workload]), workload, simulator, places(dev)) == []


@pytest.mark.filterwarnings("ignore:invalid escape sequence:SyntaxWarning")
@pytest.mark.parametrize("workload", THIRD_PARTIES)
def test_roles_allow_what_third_parties_call(
    workload: str, simulator: Simulator, dev: Graph
) -> None:
    calls = [call for package in THIRD_PARTIES[workload] for call in find_calls(package)]
    unused = UNUSED[workload].keys()
    assert missing(calls, workload, simulator, places(dev), unused) == []
    called = {action for call in calls for action in needed(call)}
    assert unused - called == set(), "listed as unused, and nobody calls it"


@pytest.mark.filterwarnings("ignore:invalid escape sequence:SyntaxWarning")
def test_every_representative_is_of_a_call() -> None:
    for workload, wanted in REPRESENTATIVE.items():
        packages = [OWN.get(workload, []), *THIRD_PARTIES.get(workload, [])]
        called = {
            action
            for package in packages
            for call in find_calls(package)
            for action in needed(call)
        }
        assert wanted.keys() - called <= {"athena:GetWorkGroup"}, workload


def test_calls_are_found_in_every_project_that_makes_them() -> None:
    found = {workload: {call.service for call in find_calls(OWN[workload])} for workload in OWN}
    assert found == {
        "fmp-ingestion": {"s3", "cloudwatch"},
        "flow-run": {"s3", "ecs", "glue", "logs", "cloudwatch"},
        "glue": set(),  # plain PySpark
        "dbt": {"athena", "s3"},
        "api": {"athena"},
        "deploy": {"ecs", "logs"},
    }


def test_no_source_calls_aws_outside_of_a_workload() -> None:
    known = {file.resolve() for files in OWN.values() for file in files}
    outside = {
        str(file.relative_to(INFRASTRUCTURE, walk_up=True))
        for file in sources(INFRASTRUCTURE, INGESTION, PIPELINES, DBT)
        if file.resolve() not in known and imports_aws(file)
    }
    excused = {
        name: [key for key in NO_WORKLOAD if name == key or name.startswith(f"{key}/")]
        for name in outside
    }
    assert [name for name, keys in excused.items() if not keys] == []
    assert NO_WORKLOAD.keys() - {key for keys in excused.values() for key in keys} == set()


def imports_aws(file: Path) -> bool:
    modules = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(str(node.module))
    return any(
        module.startswith(("boto", "aiobotocore", "mypy_boto3", "obstore")) for module in modules
    )


def test_needed_actions_exist() -> None:
    for wanted in REPRESENTATIVE.values():
        for action in wanted:
            service, _, name = action.partition(":")
            assert name.lower() in actions()[service], action


def test_there_are_no_models_in_python() -> None:
    assert list((DBT / "models").rglob("*.py")) == []


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ('s3.delete_object(Bucket="b", Key="k")', "s3:DeleteObject"),
        ('s3.get_paginator("list_object_versions")', "s3:ListBucketVersions"),
        ('s3.get_waiter("bucket_not_exists").wait(Bucket="b")', ""),
        ('s3.upload_file("a", "b", "c")', "s3:AbortMultipartUpload"),
        ('import obstore; obstore.delete(s3, "k")', "s3:DeleteObject"),
        ('boto3.client("sns").publish(TopicArn="t", Message="m")', "sns:Publish"),
        ('call(boto3.client("sqs").send_message, QueueUrl="q")', "sqs:SendMessage"),
        ('boto3.resource("s3").Bucket("b").objects.filter(Prefix="p").delete()', "s3:DeleteObject"),
    ],
)
def test_a_call_without_permission_fails(
    source: str, complaint: str, tmp_path: Path, simulator: Simulator, dev: Graph
) -> None:
    file = tmp_path / "new.py"
    file.write_text(f'import boto3\ns3 = boto3.client("s3")\n{source}\n')
    found = missing(find_calls([file]), "flow-run", simulator, places(dev))
    assert any(complaint in problem for problem in found) if complaint else found == []


def test_a_permission_that_is_taken_away_fails(dev: Graph) -> None:
    simulator = Simulator(dev)
    role = f"{places(dev)['role']}-fmp-ingestion"
    simulator.policies.identity.pop(role)
    found = missing(find_calls(OWN["fmp-ingestion"]), "fmp-ingestion", simulator, places(dev))
    assert any("s3:PutObject" in problem for problem in found)
    assert any("kms:GenerateDataKey" in problem for problem in found)


def test_a_client_of_an_unknown_service_fails(tmp_path: Path) -> None:
    file = tmp_path / "new.py"
    file.write_text("import boto3\nboto3.client(service)\n")
    with pytest.raises(UnclearCallError, match=r"new\.py:2"):
        find_calls([file])
