"""What the account's detectors look for."""

from __future__ import annotations

from dataclasses import dataclass

GUARD_DUTY_FEATURES = {
    "S3_DATA_EVENTS": True,
    "RDS_LOGIN_EVENTS": True,
    "LAMBDA_NETWORK_LOGS": True,
    # There are neither Kubernetes clusters nor virtual machines, whose disks it would scan.
    "EKS_AUDIT_LOGS": False,
    "EBS_MALWARE_PROTECTION": False,
}
"""Features by name, and whether they are on. Stated, because new detectors start with all."""

RECORDED_TYPES = (
    *("AWS::S3::Bucket", "AWS::KMS::Key", "AWS::RDS::DBInstance", "AWS::SecretsManager::Secret"),
    *("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::User"),
    *("AWS::EC2::SecurityGroup", "AWS::EC2::VPC", "AWS::EC2::Subnet"),
    *("AWS::ECS::Service", "AWS::ECS::TaskDefinition", "AWS::Lambda::Function"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
)
"""Types whose changes are recorded: those that the rules ask about and that decide who gets in.

Tasks and network interfaces come and go all day, and every change of a recorded type costs.
"""


@dataclass(frozen=True)
class ManagedRule:
    """A managed rule of AWS Config: its identifier, and what it is for."""

    identifier: str
    description: str


MANAGED_RULES: dict[str, ManagedRule] = {
    "s3-public-read": ManagedRule(
        "S3_BUCKET_PUBLIC_READ_PROHIBITED", "No bucket can be read by everybody"
    ),
    "s3-public-write": ManagedRule(
        "S3_BUCKET_PUBLIC_WRITE_PROHIBITED", "No bucket can be written by everybody"
    ),
    "s3-encrypted": ManagedRule(
        "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED", "Buckets encrypt what is put into them"
    ),
    "s3-tls": ManagedRule("S3_BUCKET_SSL_REQUESTS_ONLY", "Buckets refuse plain HTTP"),
    "s3-versioned": ManagedRule("S3_BUCKET_VERSIONING_ENABLED", "Buckets keep versions"),
    "rds-encrypted": ManagedRule("RDS_STORAGE_ENCRYPTED", "Databases are encrypted"),
    "rds-private": ManagedRule(
        "RDS_INSTANCE_PUBLIC_ACCESS_CHECK", "Databases have no public address"
    ),
    "kms-rotated": ManagedRule("CMK_BACKING_KEY_ROTATION_ENABLED", "Keys are rotated"),
    "ssh-closed": ManagedRule("INCOMING_SSH_DISABLED", "No security group opens SSH to everybody"),
    "iam-no-admin": ManagedRule(
        "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS", "No policy allows everything"
    ),
    "root-no-keys": ManagedRule("IAM_ROOT_ACCESS_KEY_CHECK", "The root user has no access keys"),
    "root-mfa": ManagedRule("ROOT_ACCOUNT_MFA_ENABLED", "The root user needs a second factor"),
}
"""Rules by name. Identifiers: AWS Config Developer Guide, "List of AWS Config Managed Rules"."""
TRAIL_PREFIX = "cloudtrail"
"""Folder of the audit trail in the logs bucket."""
CONFIG_PREFIX = "config"
"""Folder in the logs bucket."""
