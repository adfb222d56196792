"""What every service that the local cloud executes itself looks like to the router."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Request = dict[str, Any]
Response = dict[str, Any]
Action = Callable[[Request], Response]
STACK_MARKER = "FINKS_STACK"
"""Environment variable that marks every process of a stack with its state folder."""


class AwsError(Exception):
    """An error that AWS would answer, in the words and with the code that AWS uses."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class ObjectStore(Protocol):
    """The S3 objects of the local cloud, as the plain files that they are."""

    def path_of(self, uri: str) -> Path:
        """The file or folder behind ``s3://bucket/key``, whether or not it exists yet."""
        ...

    def register_files(self, bucket: str, prefix: str = "") -> int:
        """Make files that an executor wrote (or removed) under a prefix known to S3.

        Returns the number of objects that were added, changed or removed.
        """
        ...


@dataclass(frozen=True)
class CloudContext:
    """Where the local cloud lives: given to each of its services when it is made."""

    state_dir: Path
    """Folder of everything that outlives the process (`.finks`)."""
    projects_dir: Path
    """Folder with the four sibling projects and their virtual environments."""
    endpoint_url: str
    """The address of the local cloud itself, for boto3 clients of its executors."""
    objects: ObjectStore
    region: str = "ca-central-1"
    account_id: str = "123456789012"

    @property
    def s3_root(self) -> Path:
        """Folder in which ``{bucket}/{key}`` is a plain file."""
        return self.state_dir / "s3"

    def client_environment(self) -> dict[str, str]:
        """Environment that makes any AWS client, in any process, talk to this cloud."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            # Marks the processes of this stack, so that `make stop` finds every one of them.
            STACK_MARKER: str(self.state_dir),
        }


class Service(Protocol):
    """Some actions of one AWS JSON-protocol service, executed on this machine."""

    @property
    def actions(self) -> Mapping[str, Action]:
        """Handlers by action name (``StartJobRun``); all others go to the control plane."""
        ...

    def start(self) -> None:
        """Settle what an earlier process left unfinished; the endpoint is already listening."""
        ...

    def stop(self) -> None:
        """End everything that this service runs; returns when no process of its is left."""
        ...
