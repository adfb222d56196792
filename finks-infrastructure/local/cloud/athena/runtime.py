"""What all queries share: DuckDB with Trino's functions, clients of the catalog, result files."""

from __future__ import annotations

import threading

import boto3
import duckdb
from botocore.config import Config

from local.cloud.athena import engine, results
from local.cloud.athena.catalog import Catalog
from local.cloud.athena.executions import SessionOptions
from local.cloud.athena.files import Files
from local.cloud.athena.iceberg_catalog import LocalGlueCatalog
from local.cloud.athena.outcome import Outcome
from local.cloud.athena.quoting import text
from local.cloud.athena.session import Session
from local.cloud.athena.translate import macros
from local.cloud.records import Document
from local.cloud.service import CloudContext

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"total_max_attempts": 3, "mode": "standard"},
    max_pool_connections=32,
)
_SETTINGS = {
    "TimeZone": "UTC",
    # nothing is downloaded, and no name in a query is taken for a variable of this process
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}


class Runtime:
    """Made once; every query gets a session with a connection of its own."""

    def __init__(self, context: CloudContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._database = duckdb.connect(":memory:")
        settings = {**_SETTINGS, "temp_directory": str(context.state_dir / "athena" / "spill")}
        for name, value in settings.items():
            self._database.execute(f"SET GLOBAL {name} = {text(value)}")
        macros.install(self._database)
        self.files = Files(context.objects, context.state_dir / "athena" / "staging")
        self.files.prepare()
        environment = context.client_environment()
        session = boto3.Session(
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=context.region,
        )
        glue = session.client("glue", endpoint_url=context.endpoint_url, config=_CONFIG)
        self._catalog = Catalog(glue)
        self._iceberg = LocalGlueCatalog(glue, self.files)

    def session(self, query_id: str, document: Document, options: SessionOptions) -> Session:
        """What a query needs to run."""
        location = document["ResultConfiguration"]["OutputLocation"]
        return Session(
            query_id=query_id,
            database=document["QueryExecutionContext"].get("Database", "").lower(),
            output_location=location.rpartition("/")[0],
            connection=self._connect(),
            catalog=self._catalog,
            iceberg=self._iceberg,
            files=self.files,
            bytes_scanned_limit=options.bytes_scanned_limit,
            location_enforced=options.location_enforced,
        )

    def execute(self, session: Session, sql: str, parameters: list[str]) -> Outcome:
        """Run a statement; raises QueryError or QueryCancelled."""
        return engine.execute(session, sql, parameters)

    def _connect(self) -> duckdb.DuckDBPyConnection:
        """A connection with temporary relations of its own."""
        with self._lock:
            return self._database.cursor()

    def write_result(self, session: Session, document: Document, outcome: Outcome) -> int:
        """Put the result of a query where it asked for it; the number of rows."""
        location = document["ResultConfiguration"]["OutputLocation"]
        data, metadata = self.files.stage(), self.files.stage()
        count = results.write(session, outcome, data, metadata)
        self.files.place(metadata, f"{location}.metadata")
        self.files.place(data, location)
        if outcome.written:
            manifest = self.files.stage()
            manifest.write_text("".join(f"{uri}\n" for uri in outcome.written))
            base = location.rpartition(".")[0]
            uri = f"{base}-manifest.csv"
            self.files.place(manifest, uri)
            document["Statistics"]["DataManifestLocation"] = uri
        return count

    def read_result(self, location: str, limit: int, token: str | None) -> results.Page:
        """A page of a result; raises FileNotFoundError if somebody removed it."""
        data, metadata = self.files.path(location), self.files.path(f"{location}.metadata")
        return results.read(data, metadata, limit, token)

    def close(self) -> None:
        """Close DuckDB."""
        with self._lock:
            self._database.close()
