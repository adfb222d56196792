from __future__ import annotations

from local.cloud.glue.arguments import read_arguments


def test_spark_properties_of_conf() -> None:
    read = read_arguments("job", "jr", {"--conf": "spark.a=1 --conf spark.b=x y --conf spark.c=2"})
    assert read.spark == {"spark.a": "1", "spark.b": "x y", "spark.c": "2"}
    assert read.script == ("--JOB_NAME", "job", "--JOB_RUN_ID", "jr")


def test_what_has_no_effect_is_named() -> None:
    read = read_arguments("job", "jr", {"--extra-jars": "s3://b/x.jar", "--enable-metrics": ""})
    assert read.without_effect == ("--extra-jars",)
    assert read.script == ("--JOB_NAME", "job", "--JOB_RUN_ID", "jr")


def test_a_flag_has_no_value() -> None:
    read = read_arguments("job", "jr", {"--FORCE": "", "--TempDir": "s3://b/tmp/"})
    assert read.script[4:] == ("--FORCE", "--TempDir", "s3://b/tmp/")
