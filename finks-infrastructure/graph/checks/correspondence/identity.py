"""Roles, keys, secrets, and the account's detectors."""

from __future__ import annotations

from graph.checks.correspondence.entry import Correspondence

IDENTITY: dict[str, Correspondence] = {
    "aws:accessanalyzer/analyzer:Analyzer": Correspondence("AWS::AccessAnalyzer::Analyzer"),
    "aws:cloudtrail/trail:Trail": Correspondence("AWS::CloudTrail::Trail", {"name": "TrailName"}),
    "aws:cfg/deliveryChannel:DeliveryChannel": Correspondence(
        "AWS::Config::DeliveryChannel",
        {"snapshotDeliveryProperties": "ConfigSnapshotDeliveryProperties"},
    ),
    "aws:cfg/recorder:Recorder": Correspondence("AWS::Config::ConfigurationRecorder"),
    "aws:cfg/rule:Rule": Correspondence(
        "AWS::Config::ConfigRule", {"name": "ConfigRuleName", "inputParameters": None}
    ),
    "aws:guardduty/detector:Detector": Correspondence(
        "AWS::GuardDuty::Detector", {"datasources": None}
    ),
    "aws:guardduty/detectorFeature:DetectorFeature": Correspondence(
        "AWS::GuardDuty::Detector", {"detectorId": None}, at="Features"
    ),
    "aws:iam/instanceProfile:InstanceProfile": Correspondence(
        "AWS::IAM::InstanceProfile", {"name": "InstanceProfileName", "role": "Roles"}
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Correspondence("AWS::IAM::OIDCProvider"),
    "aws:iam/policy:Policy": Correspondence(
        "AWS::IAM::ManagedPolicy", {"policy": None, "name": "ManagedPolicyName"}
    ),
    "aws:iam/role:Role": Correspondence(
        "AWS::IAM::Role", {"name": "RoleName", "assumeRolePolicy": None}
    ),
    "aws:iam/rolePolicy:RolePolicy": Correspondence(
        "AWS::IAM::RolePolicy", {"name": "PolicyName", "role": "RoleName", "policy": None}
    ),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": Correspondence("AWS::IAM::ServiceLinkedRole"),
    "aws:kms/alias:Alias": Correspondence("AWS::KMS::Alias", {"name": "AliasName"}),
    "aws:kms/key:Key": Correspondence(
        "AWS::KMS::Key",
        {
            "policy": None,
            "deletionWindowInDays": "PendingWindowInDays",
            "customerMasterKeySpec": "KeySpec",
            "isEnabled": "Enabled",
        },
    ),
    "aws:secretsmanager/secret:Secret": Correspondence(
        "AWS::SecretsManager::Secret",
        {
            "policy": None,
            "recoveryWindowInDays": None,
            "replicas": "ReplicaRegions",
            "forceOverwriteReplicaSecret": None,
        },
    ),
    "aws:secretsmanager/secretPolicy:SecretPolicy": Correspondence(
        "AWS::SecretsManager::ResourcePolicy", {"secretArn": "SecretId", "policy": None}
    ),
    "aws:secretsmanager/secretRotation:SecretRotation": Correspondence(
        "AWS::SecretsManager::RotationSchedule",
        {"rotateImmediately": "RotateImmediatelyOnUpdate"},
    ),
}
