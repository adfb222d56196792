from __future__ import annotations

import pytest

from local.cloud.glue.errors import error_message

JAVA = """Traceback (most recent call last):
  File "/tmp/job.py", line 3, in <module>
    frame.write.parquet("s3://none/x")
py4j.protocol.Py4JJavaError: An error occurred while calling o50.parquet.
: java.io.IOException: ViewFs: Cannot initialize
\tat org.apache.hadoop.fs.viewfs.Some.method(Some.java:1)
Caused by: something else
"""
CHAINED = """Traceback (most recent call last):
  File "/tmp/job.py", line 1, in <module>
KeyError: 'a'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/tmp/job.py", line 3, in <module>
    raise AuditError("two dates do not match")
package.errors.AuditError: two dates do not match
some later warning
"""


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        (
            JAVA,
            "Py4JJavaError: An error occurred while calling o50.parquet. "
            "java.io.IOException: ViewFs: Cannot initialize",
        ),
        (CHAINED, "AuditError: two dates do not match"),
        ("Traceback (most recent call last):\n  File\nKeyboardInterrupt\n", "KeyboardInterrupt"),
        ("WARN nothing to see\n", "Command failed with exit code 1; its log says more"),
    ],
)
def test_the_exception_is_the_message(stderr: str, message: str) -> None:
    assert error_message(stderr.splitlines(), 1) == message
