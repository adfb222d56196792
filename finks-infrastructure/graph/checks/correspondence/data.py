"""Buckets, databases, catalog and queries."""

from __future__ import annotations

from graph.checks.correspondence.entry import HERE, Correspondence

_BUCKET = "AWS::S3::Bucket"

DATA: dict[str, Correspondence] = {
    "aws:athena/database:Database": Correspondence(
        "AWS::Glue::Database", {"name": "/DatabaseInput.Name"}
    ),
    "aws:athena/namedQuery:NamedQuery": Correspondence(
        "AWS::Athena::NamedQuery", {"query": "QueryString"}
    ),
    "aws:athena/workgroup:Workgroup": Correspondence(
        "AWS::Athena::WorkGroup",
        {
            "configuration": "WorkGroupConfiguration",
            "configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn": "KmsKey",
            "forceDestroy": "RecursiveDeleteOption",
        },
    ),
    "aws:elasticache/parameterGroup:ParameterGroup": Correspondence(
        "AWS::ElastiCache::ParameterGroup",
        {"family": "CacheParameterGroupFamily", "parameters": "Properties"},
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Correspondence(
        "AWS::ElastiCache::ReplicationGroup",
        {
            "description": "ReplicationGroupDescription",
            "nodeType": "CacheNodeType",
            "parameterGroupName": "CacheParameterGroupName",
            "subnetGroupName": "CacheSubnetGroupName",
            "numCacheClusters": "NumCacheClusters",
            "maintenanceWindow": "PreferredMaintenanceWindow",
            "applyImmediately": None,
        },
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": Correspondence(
        "AWS::ElastiCache::SubnetGroup",
        {"name": "CacheSubnetGroupName", "description": "Description"},
    ),
    "aws:glue/catalogDatabase:CatalogDatabase": Correspondence(
        "AWS::Glue::Database", {"catalogId": "/CatalogId", "tags": None}, at="DatabaseInput"
    ),
    "aws:glue/catalogTable:CatalogTable": Correspondence(
        "AWS::Glue::Table",
        {
            "databaseName": "/DatabaseName",
            "catalogId": "/CatalogId",
            "storageDescriptor.serDeInfo": "SerdeInfo",
        },
        at="TableInput",
    ),
    "aws:glue/crawler:Crawler": Correspondence(
        "AWS::Glue::Crawler",
        {
            "s3Targets": "Targets.S3Targets",
            "icebergTargets": "Targets.IcebergTargets",
            "catalogTargets": "Targets.CatalogTargets",
            "schedule": "Schedule.ScheduleExpression",
            "securityConfiguration": "CrawlerSecurityConfiguration",
        },
    ),
    "aws:glue/job:Job": Correspondence(
        "AWS::Glue::Job",
        {"roleArn": "Role", "securityConfiguration": "SecurityConfiguration"},
    ),
    "aws:glue/securityConfiguration:SecurityConfiguration": Correspondence(
        "AWS::Glue::SecurityConfiguration",
        {"encryptionConfiguration.s3Encryption": "S3Encryptions"},
    ),
    "aws:lakeformation/dataLakeSettings:DataLakeSettings": Correspondence(
        "AWS::LakeFormation::DataLakeSettings", {"admins": "Admins.DataLakePrincipalIdentifier"}
    ),
    "aws:lakeformation/permissions:Permissions": Correspondence(
        "AWS::LakeFormation::PrincipalPermissions",
        {
            "principal": "Principal.DataLakePrincipalIdentifier",
            "database": "Resource.Database",
            "table": "Resource.Table",
            "dataLocation": "Resource.DataLocation",
        },
    ),
    "aws:lakeformation/resource:Resource": Correspondence(
        "AWS::LakeFormation::Resource", {"arn": "ResourceArn"}
    ),
    "aws:rds/eventSubscription:EventSubscription": Correspondence(
        "AWS::RDS::EventSubscription", {"name": "SubscriptionName", "snsTopic": "SnsTopicArn"}
    ),
    "aws:rds/instance:Instance": Correspondence(
        "AWS::RDS::DBInstance",
        {
            "identifier": "DBInstanceIdentifier",
            "instanceClass": "DBInstanceClass",
            "username": "MasterUsername",
            "password": "MasterUserPassword",
            "parameterGroupName": "DBParameterGroupName",
            "vpcSecurityGroupIds": "VPCSecurityGroups",
            "backupWindow": "PreferredBackupWindow",
            "maintenanceWindow": "PreferredMaintenanceWindow",
            "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
            "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
            "performanceInsightsEnabled": "EnablePerformanceInsights",
            "caCertIdentifier": "CACertificateIdentifier",
            "applyImmediately": "ApplyImmediately",
            "masterUserSecretKmsKeyId": "MasterUserSecret.KmsKeyId",
            "skipFinalSnapshot": None,
            "finalSnapshotIdentifier": None,
        },
        extensions=(
            "aws_rds_dbinstance/backupretentionperiod",
            "aws_rds_dbinstance/db_instance_class",
            "aws_rds_dbinstance/dbinstanceclass_enum",
            "aws_rds_dbinstance/engine_version",
        ),
    ),
    "aws:rds/parameterGroup:ParameterGroup": Correspondence(
        "AWS::RDS::DBParameterGroup", {"name": "DBParameterGroupName", "parameters": None}
    ),
    "aws:rds/subnetGroup:SubnetGroup": Correspondence(
        "AWS::RDS::DBSubnetGroup",
        {"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"},
    ),
    "aws:s3/bucket:Bucket": Correspondence(
        _BUCKET, {"bucket": "BucketName", "forceDestroy": None, "policy": None}
    ),
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": Correspondence(
        _BUCKET,
        {
            "bucket": "/BucketName",
            "corsRules.maxAgeSeconds": "MaxAge",
            "corsRules.exposeHeaders": "ExposedHeaders",
        },
        at="CorsConfiguration",
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Correspondence(
        _BUCKET,
        {
            "bucket": "/BucketName",
            "rules.filter": HERE,
            "rules.filter.and": HERE,
            "rules.filter.and.tags": "TagFilters",
            "rules.filter.tag": "TagFilters",
            "rules.expiration": HERE,
            "rules.expiration.days": "ExpirationInDays",
            "rules.expiration.date": "ExpirationDate",
            "rules.transitions.days": "TransitionInDays",
            "rules.transitions.date": "TransitionDate",
            "rules.noncurrentVersionTransitions.noncurrentDays": "TransitionInDays",
        },
        at="LifecycleConfiguration",
    ),
    "aws:s3/bucketLogging:BucketLogging": Correspondence(
        _BUCKET,
        {
            "bucket": "/BucketName",
            "targetBucket": "DestinationBucketName",
            "targetPrefix": "LogFilePrefix",
        },
        at="LoggingConfiguration",
    ),
    "aws:s3/bucketNotification:BucketNotification": Correspondence(
        _BUCKET,
        {"bucket": "/BucketName", "eventbridge": "EventBridgeConfiguration.EventBridgeEnabled"},
        at="NotificationConfiguration",
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": Correspondence(
        _BUCKET,
        {
            "bucket": "/BucketName",
            "key": None,
            "source": None,
            "content": None,
            "contentType": None,
            "sourceHash": None,
            "serverSideEncryption": (
                "BucketEncryption.ServerSideEncryptionConfiguration"
                ".ServerSideEncryptionByDefault.SSEAlgorithm"
            ),
            "kmsKeyId": (
                "BucketEncryption.ServerSideEncryptionConfiguration"
                ".ServerSideEncryptionByDefault.KMSMasterKeyID"
            ),
        },
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Correspondence(
        _BUCKET, {"bucket": "/BucketName", "rule": "Rules"}, at="OwnershipControls"
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Correspondence("AWS::S3::BucketPolicy", {"policy": None}),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Correspondence(
        _BUCKET, {"bucket": "/BucketName"}, at="PublicAccessBlockConfiguration"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        Correspondence(
            _BUCKET,
            {
                "bucket": "/BucketName",
                "rules": "ServerSideEncryptionConfiguration",
                "rules.applyServerSideEncryptionByDefault": "ServerSideEncryptionByDefault",
                "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId": "KMSMasterKeyID",
            },
            at="BucketEncryption",
        )
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Correspondence(
        _BUCKET,
        {"bucket": "/BucketName", "versioningConfiguration": HERE},
        at="VersioningConfiguration",
        # A bucket that never had versions.
        words={"versioningConfiguration.status": frozenset({"Disabled"})},
    ),
}
DATA["aws:s3/bucketObject:BucketObject"] = DATA["aws:s3/bucketObjectv2:BucketObjectv2"]
