"""Settings, good and bad, from end to end: every bad one is named with its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.values import RUN_ID
from tests.conftest import Extract, Lake

HISTORY = "historical_price_eod"
DAY = "2013-02-15"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"EXTRACTION_DATE": "2013-03-02"}, "2013-03-02 is in the future"),
        ({"EXTRACTION_DATE": "2013-2-1"}, "write it as YYYY-MM-DD"),
        ({"EXTRACTION_DATE": "20130201"}, "write it as YYYY-MM-DD"),
        ({"EXTRACTION_DATE": "2013-02-30"}, "does not exist"),
        ({"EXTRACTION_DATE": "1360886400"}, "EXTRACTION_DATE is '1360886400'"),
        (
            {"EXTRACTION_START": "2013-02-15", "EXTRACTION_END": "2013-02-14"},
            "exchange them",
        ),
        ({"EXTRACTION_START": "2013-02-15"}, "EXTRACTION_START and EXTRACTION_END"),
        ({"EXTRACTION_DATE": DAY, "EXTRACTION_END": DAY}, "not both"),
        ({"SYMBOLS": ""}, "set either SYMBOLS"),
        ({"SYMBOLS": "AAPL;IBM"}, "separate symbols by commas"),
        ({"SYMBOLS": " , "}, "names no symbol"),
        ({"SYMBOLS": "", "SYMBOLS_URI": "/nowhere/symbols.txt"}, "correct the path"),
        ({"DATASETS": "prices"}, "choose among historical_price_eod"),
        ({"FMP_API_KEY": ""}, "FMP_API_KEY is not set"),
        ({"FMP_BASE_URL": "ftp://example.com"}, "begin it with http"),
        ({"FMP_BASE_URL": "http://[::1"}, "it names no host"),
        ({"FMP_BASE_URL": "http://me:S3CRET@127.0.0.1:2/stable"}, "the key is FMP_API_KEY"),
        ({"FMP_BASE_URL": "https://example.com/stable?apikey=S3CRET"}, "the key is FMP_API_KEY"),
        ({"FMP_API_KEY": "S3CRET\nabc"}, "FMP_API_KEY is malformed: write FMP's API key into it"),
        ({"FMP_API_KEY": "S3CRET€"}, "FMP_API_KEY is malformed"),
        ({"FMP_BASE_URL": "https:///stable"}, "it names no host"),
        ({"FMP_CALLS_PER_MINUTE": "0"}, "FMP_CALLS_PER_MINUTE is '0'"),
        ({"RUN_ID": "a/b"}, "RUN_ID is 'a/b': write at most 128 letters"),
        ({"EXTRACTION_DATE": "0001-01-01"}, "begin with 1900-01-01 or later"),
        ({"EXTRACTION_DATE": "\uff12\uff10\uff11\uff13-02-15"}, "write it as YYYY-MM-DD"),
        ({"SYMBOLS": "", "SYMBOLS_URI": "/tmp"}, "Is a directory"),
        ({"SYMBOLS": "", "SYMBOLS_URI": "https://example.com/x"}, "is no file and not in S3"),
        ({"SYMBOLS": "", "SYMBOLS_URI": "s3://bronze"}, "write s3://BUCKET/KEY"),
        ({"SYMBOLS": "", "SYMBOLS_URI": "s3:///key"}, "write s3://BUCKET/KEY"),
        ({"SYMBOLS": "", "SYMBOLS_URI": "s3://no-such-bucket/x"}, "SYMBOLS_URI: cannot read"),
        ({"AWS_ENDPOINT_URL": "localhost:4700"}, "write it as http://HOST:PORT"),
        ({"AWS_ENDPOINT_URL": "http://localhost:99999"}, "write it as http://HOST:PORT"),
        ({"S3_BUCKET": ""}, "S3_BUCKET is not set; set it in the environment, or --s3-bucket"),
        ({"S3_BUCKET": "s3://bronze"}, "write the name alone, without s3://"),
        ({"FMP_CALLS_PER_DAY": "9" * 20}, "it should be less than or equal to"),
        ({"FMP_BANDWIDTH_BYTES": "1 GB"}, "it should be a valid integer"),
        ({"FMP_TIMEOUT_SECONDS": "inf"}, "it should be less than or equal to 3600"),
        ({"FMP_BASE_URL": "http://127.0.0.1:99999/stable"}, "names no host, or no port"),
        ({"FMP_BASE_URL": "http://exa mple.com/stable"}, "names no host, or no port"),
        ({"S3_BUCKET": "no-such-bucket"}, "create the bucket"),
        ({"FINKS_TODAY": "tomorrow"}, "FINKS_TODAY is 'tomorrow'"),
        ({"FORCE": "perhaps"}, "FORCE is 'perhaps'"),
    ],
)
def test_bad_settings(extract: Extract, lake: Lake, settings: dict[str, str], message: str) -> None:
    outcome = extract(**settings)

    assert outcome.code == 2
    assert message in outcome.error
    assert "S3CRET" not in outcome.stderr + str(outcome.summary), "nor in parts"
    assert outcome.summary["status"] == "bad_configuration"
    assert outcome.summary["api_calls"] == 0
    assert lake.keys() == []


@pytest.mark.parametrize("named", ["by nobody", "by variables", "by flags"])
def test_a_run_that_does_not_begin_has_its_ids_all_the_same(extract: Extract, named: str) -> None:
    names = {"RUN_ID": "run-7", "LOG_CORRELATION_ID": "flow-7"}
    flags = ["--run-id=run-7", "--log-correlation-id", "flow-7"] if named == "by flags" else []
    window = {"EXTRACTION_START": "2013-02-15", "EXTRACTION_END": "2013-02-14"}
    outcome = extract(*flags, **window, **(names if named == "by variables" else {}))

    assert outcome.code == 2
    (line,) = outcome.log
    assert line["run_id"] == outcome.summary["run_id"]
    assert line["correlation_id"] == outcome.summary["correlation_id"]
    if named == "by nobody":
        assert RUN_ID.fullmatch(line["run_id"])
        assert line["correlation_id"] == ""
    else:
        assert (line["run_id"], line["correlation_id"]) == ("run-7", "flow-7")


def test_flags_win_over_the_environment(extract: Extract, lake: Lake) -> None:
    outcome = extract(
        "--extraction-date=2013-02-14", "--symbols", "IBM", "--force", EXTRACTION_START="2013-01-01"
    )

    assert outcome.code == 0, outcome.error
    assert lake.dates(HISTORY) == ["2013-02-14"]
    assert lake.manifest(HISTORY, "2013-02-14")["symbols_asked"] == ["IBM"]


def test_an_unknown_flag_is_bad_configuration(extract: Extract) -> None:
    outcome = extract("--extraction-day=2013-02-14")

    assert outcome.code == 2
    assert "--help" in outcome.error


@pytest.mark.parametrize("in_s3", [False, True])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PAR1\x15\x04\xff\xfe", "is no text in UTF-8"),
        (b"", "names no symbol"),
        (b"# none yet\n\n", "names no symbol"),
        (b"AAPL,IBM\n", "one a line"),
    ],
)
def test_files_of_symbols_that_are_none(
    extract: Extract, lake: Lake, tmp_path: Path, content: bytes, message: str, in_s3: bool
) -> None:
    (tmp_path / "symbols").write_bytes(content)
    lake.client.put_object(Bucket=lake.name, Key="symbols", Body=content)
    uri = f"s3://{lake.name}/symbols" if in_s3 else str(tmp_path / "symbols")

    outcome = extract(SYMBOLS="", SYMBOLS_URI=uri)

    assert outcome.code == 2
    assert outcome.error.startswith(f"SYMBOLS_URI {uri} ")
    assert message in outcome.error


def test_a_file_of_symbols_as_windows_writes_it(
    extract: Extract, lake: Lake, tmp_path: Path
) -> None:
    path = tmp_path / "symbols.txt"
    path.write_bytes(b"\xef\xbb\xbfaapl\r\nIBM\r\n")

    assert extract(SYMBOLS="", SYMBOLS_URI=str(path)).code == 0
    assert lake.manifest(HISTORY, DAY)["symbols_asked"] == ["AAPL", "IBM"]


def test_symbols_from_a_file_in_s3(extract: Extract, lake: Lake) -> None:
    lake.client.put_object(Bucket=lake.name, Key="symbols.txt", Body=b"ibm # big blue\n\nAAPL\n")

    outcome = extract(SYMBOLS="", SYMBOLS_URI=f"s3://{lake.name}/symbols.txt")

    assert outcome.code == 0, outcome.error
    assert lake.manifest(HISTORY, DAY)["symbols_received"] == ["AAPL", "IBM"]
