"""The one test with a real Spark: what a script may do on ``s3://`` paths, all in one run."""

from __future__ import annotations

import io
import json

import psutil
import pyarrow.parquet as pq

from local.cloud.processes import EXECUTION_MARKER
from tests.unit.local.cloud.glue.conftest import DATA, OTHER, Jobs

SCRIPT = """
import argparse, json, os, time
from pyspark.sql import SparkSession, functions as F

parser = argparse.ArgumentParser()
parser.add_argument("--BUCKET")
parser.add_argument("--OTHER")
options, rest = parser.parse_known_args()
begun = time.monotonic()
spark = SparkSession.builder.appName("proof").getOrCreate()
started = time.monotonic()
root, other = f"s3://{options.BUCKET}", f"s3://{options.OTHER}"
facts = {"conf": spark.conf.get("spark.sql.shuffle.partitions")}

source = spark.read.json(f"{root}/in/records.json")
facts["source"] = source.count()
frame = source.withColumn("price", F.col("price").cast("decimal(18,6)"))
for _ in range(2):  # the second time overwrites
    frame.write.mode("overwrite").partitionBy("day").parquet(f"{root}/out/")
again = spark.read.parquet(f"{root}/out/")
facts["rows"] = again.count()
facts["days"] = sorted(str(row.day) for row in again.select("day").distinct().collect())
facts["total"] = str(again.agg(F.sum("price")).first()[0])
frame.select(F.to_json(F.struct("symbol", "price"))).coalesce(1).write.text(f"{other}/text/")
facts["when"] = spark.sql("select cast(timestamp'2024-01-02 03:04:05' as string)").first()[0]

hadoop = spark.sparkContext._jvm.org.apache.hadoop.fs
configuration = spark.sparkContext._jsc.hadoopConfiguration()
def path(text): return hadoop.Path(text)
system = path(f"{root}/").getFileSystem(configuration)
facts["listed"] = sorted(s.getPath().getName() for s in system.listStatus(path(f"{root}/out/")))
facts["uri"] = system.listStatus(path(f"{root}/in/"))[0].getPath().toString()
facts["exists"] = [system.exists(path(f"{root}/{name}")) for name in ("in/records.json", "no")]
facts["glob"] = len(system.globStatus(path(f"{root}/out/day=*/*.parquet")))
stream = system.create(path(f"{root}/reports/date=2024-01-02/one.json"), True)
stream.write(bytearray(b'{"rows": 3}'))
stream.close()
facts["renamed"] = system.rename(path(f"{root}/reports/date=2024-01-02/one.json"),
                                 path(f"{root}/reports/date=2024-01-02/two.json"))
facts["deleted"] = system.delete(path(f"{root}/old/"), True)
print(json.dumps(facts))
print(f"session after {started - begun:.1f} s, all after {time.monotonic() - begun:.1f} s")
"""


def test_a_script_works_on_s3_paths(jobs: Jobs) -> None:
    records = [
        {"symbol": "IBM", "day": "2024-01-02", "price": 160.25},
        {"symbol": "AAPL", "day": "2024-01-02", "price": 185.5},
        {"symbol": "IBM", "day": "2024-01-03", "price": 161.125},
    ]
    body = "\n".join(json.dumps(record) for record in records).encode()
    jobs.s3.put_object(Bucket=DATA, Key="in/records.json", Body=body)
    jobs.s3.put_object(Bucket=DATA, Key="old/file.txt", Body=b"old")
    job = jobs.define(
        SCRIPT,
        DefaultArguments={
            "--BUCKET": DATA,
            "--OTHER": "replaced",
            "--job-language": "python",
            "--enable-metrics": "true",
            "--conf": "spark.sql.shuffle.partitions=3 --conf spark.sql.ansi.enabled=true",
        },
    )
    run = jobs.wait(job, run_id := jobs.start(job, Arguments={"--OTHER": OTHER}))
    assert run["JobRunState"] == "SUCCEEDED", jobs.lines(run_id, "error")
    facts = json.loads(jobs.lines(run_id)[0])
    assert facts.pop("uri") == f"s3://{DATA}/in/records.json"
    assert facts == {
        "conf": "3",
        "source": 3,
        "rows": 3,
        "days": ["2024-01-02", "2024-01-03"],
        "total": "506.875000",
        "when": "2024-01-02 03:04:05",
        "listed": ["_SUCCESS", "day=2024-01-02", "day=2024-01-03"],
        "exists": [True, False],
        "glob": 2,
        "renamed": True,
        "deleted": True,
    }
    # What was written is S3's, what was deleted is gone, and nothing of Spark's own is left.
    keys = jobs.keys(DATA)
    assert [key for key in keys if not key.startswith("out/")] == [
        "in/records.json",
        "reports/date=2024-01-02/two.json",
    ]
    parts = [key for key in keys if key.startswith("out/day=")]
    assert len(parts) == 2
    assert not [key for key in keys if "_temporary" in key or key.endswith(".crc")]
    body = jobs.s3.get_object(Bucket=DATA, Key=parts[0])["Body"].read()
    assert "symbol" in pq.read_table(io.BytesIO(body)).column_names
    (text,) = [key for key in jobs.keys(OTHER, "text/") if key.endswith(".txt")]
    lines = jobs.s3.get_object(Bucket=OTHER, Key=text)["Body"].read().decode().splitlines()
    assert sorted(json.loads(line)["price"] for line in lines) == [160.25, 161.125, 185.5]
    assert not [p for p in psutil.process_iter() if _belongs(p, run_id)]


def _belongs(process: psutil.Process, run_id: str) -> bool:
    try:
        return process.environ().get(EXECUTION_MARKER) == run_id
    except psutil.Error:
        return False
