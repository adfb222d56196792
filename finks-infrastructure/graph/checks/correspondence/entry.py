"""The shape of the table, and the types that have no place in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HERE = "."
"""The property of a nested block stands where the block's parent stands."""


@dataclass(frozen=True)
class Correspondence:
    """A CloudFormation type and where its property names differ from Terraform's.

    Names are otherwise compared without case and separators, in singular and plural.
    """

    cfn: str
    names: Mapping[str, str | None] = field(default_factory=dict)
    """Path of the Pulumi property without indexes → path from its parent's counterpart in
    CloudFormation; a leading `/` starts at the type; None: nothing corresponds."""
    at: str = ""
    """Part of the type that a side resource, such as a bucket's versioning, stands for."""
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Values that Terraform takes where CloudFormation leaves the property out, by path."""
    extensions: tuple[str, ...] = ()
    """cfn-lint's own schemas for the type, without the folder."""


WITHOUT_COUNTERPART: dict[str, str] = {
    "aws:acm/certificateValidation:CertificateValidation": (
        "waits for the certificate, makes nothing"
    ),
    "aws:cfg/recorderStatus:RecorderStatus": "a switch: CloudFormation starts every recorder",
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": (
        "in the region's AWS::ECR::RegistryScanningConfiguration only from another shape"
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        "a list of the role's in CloudFormation; its two references are checked by value"
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": (
        "CloudFormation writes the value into the secret itself; it is masked here"
    ),
    "docker-build:index:Image": "an image is built by Docker, not by AWS",
    "random:index/randomPassword:RandomPassword": "made by Pulumi, not by AWS",
    "random:index/randomId:RandomId": "made by Pulumi, not by AWS",
    "pulumi:providers:aws": "the provider itself",
    "pulumi:providers:docker-build": "the provider itself",
}
"""Resource types without a schema of AWS's, each with the reason."""
