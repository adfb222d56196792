"""The Athena API: queries that really run. Workgroups stay with the control plane."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from local.cloud.athena.executions import TOKEN_KIND, Executions, SessionOptions
from local.cloud.paging import page
from local.cloud.records import Document, Records
from local.cloud.service import Action, AwsError, CloudContext, Request, Response

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient

    from local.cloud.athena.runtime import Runtime

CATALOG = "awsdatacatalog"
_MAX_ROWS = 1000
_MAX_QUERIES = 50
_MAX_QUERY_BYTES = 262_144
_WORKGROUP_SECONDS = 2.0


class AthenaService:
    """StartQueryExecution and what follows from it."""

    def __init__(self, context: CloudContext, records: Records) -> None:
        self._context = context
        self._records = records
        self._runtime_lock = threading.Lock()
        self._made_runtime: Runtime | None = None
        self._executions = Executions(records, self._runtime)
        self._start_lock = threading.Lock()
        self._workgroups: dict[str, tuple[float, dict[str, Any]]] = {}
        self._actions: dict[str, Action] = {
            "StartQueryExecution": self._start,
            "GetQueryExecution": self._get,
            "BatchGetQueryExecution": self._batch_get,
            "GetQueryResults": self._results,
            "GetQueryRuntimeStatistics": self._statistics,
            "StopQueryExecution": self._stop,
            "ListQueryExecutions": self._list,
            "GetDataCatalog": self._data_catalog,
            "ListDataCatalogs": self._data_catalogs,
        }

    @property
    def actions(self) -> Mapping[str, Action]:
        """Handlers by action name."""
        return self._actions

    def start(self) -> None:
        """Mark queries that an earlier process left unfinished as failed; warm the engine up."""
        self._executions.fail_unfinished()
        threading.Thread(target=self._runtime, name="athena-warm-up", daemon=True).start()

    def stop(self) -> None:
        """Cancel all queries and wait until none runs."""
        self._executions.stop()
        with self._runtime_lock:
            if self._made_runtime is not None:
                self._made_runtime.close()

    def _runtime(self) -> Runtime:
        """The engine, made when it is first needed: importing it takes seconds."""
        with self._runtime_lock:
            if self._made_runtime is None:
                from local.cloud.athena.runtime import Runtime

                self._made_runtime = Runtime(self._context)
            return self._made_runtime

    @cached_property
    def _control_plane(self) -> AthenaClient:
        environment = self._context.client_environment()
        return boto3.Session(
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=self._context.region,
        ).client("athena", endpoint_url=self._context.endpoint_url)

    def _start(self, request: Request) -> Response:
        sql = request.get("QueryString") or ""
        if not sql.strip():
            raise _invalid("QueryString is empty; write a statement")
        if len(sql.encode()) > _MAX_QUERY_BYTES:
            raise _invalid(f"QueryString is longer than {_MAX_QUERY_BYTES} bytes; shorten it")
        token = request.get("ClientRequestToken")
        with self._start_lock:
            if token and (known := self._records.get(TOKEN_KIND, token)) is not None:
                if known["QueryString"] != sql:
                    raise _invalid("Idempotent parameters do not match; use another token")
                return {"QueryExecutionId": known["QueryExecutionId"]}
            query_id = str(uuid.uuid4())
            document, options = self._document(query_id, sql, request)
            if token:
                known = {"QueryExecutionId": query_id, "QueryString": sql}
                self._records.put(TOKEN_KIND, token, known)
            self._executions.submit(document, request.get("ExecutionParameters") or [], options)
        return {"QueryExecutionId": query_id}

    def _document(
        self, query_id: str, sql: str, request: Request
    ) -> tuple[Document, SessionOptions]:
        workgroup = request.get("WorkGroup") or "primary"
        configuration = self._workgroup(workgroup)
        own = (configuration.get("ResultConfiguration") or {}).get("OutputLocation")
        asked = (request.get("ResultConfiguration") or {}).get("OutputLocation")
        enforced = configuration.get("EnforceWorkGroupConfiguration")
        location = own or asked if enforced else asked or own
        if not location:
            raise _invalid(
                "No output location provided. An output location is required either through the"
                " Workgroup result configuration setting or as an API input."
            )
        if not re.fullmatch(r"s3://[^/]+(/.*)?", location):
            raise _invalid(f"outputLocation is not a valid S3 path: {location}; write s3://bucket/")
        given = request.get("QueryExecutionContext") or {}
        context = {key: value for key, value in given.items() if value}
        document: Document = {
            "QueryExecutionId": query_id,
            "Query": sql,
            "StatementType": "DML",
            "ResultConfiguration": {"OutputLocation": f"{location.rstrip('/')}/{query_id}.csv"},
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
            "QueryExecutionContext": context,
            "Status": {},
            "Statistics": {
                "EngineExecutionTimeInMillis": 0,
                "DataScannedInBytes": 0,
                "TotalExecutionTimeInMillis": 0,
                "QueryQueueTimeInMillis": 0,
                "ServicePreProcessingTimeInMillis": 0,
                "QueryPlanningTimeInMillis": 0,
                "ServiceProcessingTimeInMillis": 0,
                "ResultReuseInformation": {"ReusedPreviousResult": False},
            },
            "WorkGroup": workgroup,
            "EngineVersion": {
                "SelectedEngineVersion": "AUTO",
                "EffectiveEngineVersion": "Athena engine version 3",
            },
            "SubstatementType": "SELECT",
        }
        parameters = request.get("ExecutionParameters")
        if parameters:
            document["ExecutionParameters"] = parameters
        limit = configuration.get("BytesScannedCutoffPerQuery")
        return document, SessionOptions(limit, location_enforced=bool(enforced and own))

    def _workgroup(self, name: str) -> dict[str, Any]:
        """Configuration of a workgroup, remembered for a moment."""
        fetched, configuration = self._workgroups.get(name, (0.0, {}))
        if time.monotonic() - fetched < _WORKGROUP_SECONDS:
            return configuration
        try:
            answer = self._control_plane.get_work_group(WorkGroup=name)
        except ClientError as error:
            raise _invalid(f"WorkGroup {name} is not found.") from error
        workgroup = answer.get("WorkGroup")
        if not workgroup:
            raise _invalid(f"WorkGroup {name} is not found.")
        if workgroup.get("State") == "DISABLED":
            raise _invalid(f"WorkGroup {name} is disabled; enable it or use another one")
        configuration = dict(workgroup.get("Configuration") or {})
        self._workgroups[name] = time.monotonic(), configuration
        return configuration

    def _find(self, request: Request) -> Document:
        query_id = request.get("QueryExecutionId") or ""
        document = self._executions.get(query_id)
        if document is None:
            raise _invalid(f"QueryExecution {query_id} was not found")
        return document

    def _get(self, request: Request) -> Response:
        return {"QueryExecution": _public(self._find(request))}

    def _batch_get(self, request: Request) -> Response:
        found, missing = [], []
        for query_id in request.get("QueryExecutionIds") or []:
            document = self._executions.get(query_id)
            if document is not None:
                found.append(_public(document))
                continue
            missing.append(
                {
                    "QueryExecutionId": query_id,
                    "ErrorCode": "INTERNAL_FAILURE",
                    "ErrorMessage": f"QueryExecution {query_id} was not found",
                }
            )
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}

    def _results(self, request: Request) -> Response:
        document = self._find(request)
        state = document["Status"]["State"]
        if state in ("QUEUED", "RUNNING"):
            raise _invalid(f"Query has not yet finished. Current state: {state}")
        if state != "SUCCEEDED":
            raise _invalid(f"Query did not finish successfully. Final query state: {state}")
        limit = int(request.get("MaxResults") or _MAX_ROWS)
        if not 1 <= limit <= _MAX_ROWS:
            raise _invalid(f"MaxResults is {limit}; it has to be between 1 and {_MAX_ROWS}")
        location = document["ResultConfiguration"]["OutputLocation"]
        try:
            found = self._runtime().read_result(location, limit, request.get("NextToken"))
        except FileNotFoundError as error:
            raise _invalid(f"Could not find results at {location}; run the query again") from error
        except ValueError as error:
            raise _invalid(f"NextToken is invalid: {error}") from error
        rows = [
            {"Data": [{} if value is None else {"VarCharValue": value} for value in row]}
            for row in found.rows
        ]
        answer: Response = {
            "ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": found.columns}},
            "UpdateCount": found.update_count or 0,
        }
        if found.next_token:
            answer["NextToken"] = found.next_token
        return answer

    def _statistics(self, request: Request) -> Response:
        statistics = self._find(request)["Statistics"]
        timeline = {
            "QueryQueueTimeInMillis": statistics["QueryQueueTimeInMillis"],
            "QueryPlanningTimeInMillis": statistics["QueryPlanningTimeInMillis"],
            "EngineExecutionTimeInMillis": statistics["EngineExecutionTimeInMillis"],
            "ServiceProcessingTimeInMillis": statistics["ServiceProcessingTimeInMillis"],
            "TotalExecutionTimeInMillis": statistics["TotalExecutionTimeInMillis"],
        }
        rows = {
            "InputBytes": statistics["DataScannedInBytes"],
            "OutputRows": statistics.get("RowsReturned", 0),
        }
        return {"QueryRuntimeStatistics": {"Timeline": timeline, "Rows": rows}}

    def _stop(self, request: Request) -> Response:
        query_id = request.get("QueryExecutionId") or ""
        if not self._executions.cancel(query_id):
            raise _invalid(f"QueryExecution {query_id} was not found")
        return {}

    def _list(self, request: Request) -> Response:
        queries = self._executions.ids(request.get("WorkGroup") or "primary")
        limit = min(int(request.get("MaxResults") or _MAX_QUERIES), _MAX_QUERIES)
        try:
            found, token = page(queries, limit=limit, token=request.get("NextToken"))
        except ValueError as error:
            raise _invalid(f"NextToken is invalid: {error}") from error
        return {"QueryExecutionIds": found, **({"NextToken": token} if token else {})}

    def _data_catalog(self, request: Request) -> Response:
        """The Glue catalog, the only one that there is; moto does not know it."""
        name = request.get("Name") or ""
        if name.lower() != CATALOG:
            raise _invalid(f"DataCatalog {name} was not found; use AwsDataCatalog")
        parameters = {"catalog-id": self._context.account_id}
        return {"DataCatalog": {"Name": name, "Type": "GLUE", "Parameters": parameters}}

    def _data_catalogs(self, request: Request) -> Response:
        del request
        return {"DataCatalogsSummary": [{"CatalogName": "AwsDataCatalog", "Type": "GLUE"}]}


def _public(document: Document) -> Document:
    """A query without what only this service wants to know."""
    statistics = {k: v for k, v in document["Statistics"].items() if k != "RowsReturned"}
    return {**document, "Statistics": statistics}


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message)
