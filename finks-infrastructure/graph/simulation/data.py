"""Buckets, keys, secrets, databases and the catalog."""

from __future__ import annotations

from typing import Any

from blueprint.names import REGION
from graph.simulation.shapes import ACCOUNT_ID, Identity, Inputs, arn_of, digits, named


def _bucket(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    bucket = str(inputs.get("bucket") or name)
    return bucket, {
        "arn": f"arn:aws:s3:::{bucket}",
        "bucket": bucket,
        "bucketDomainName": f"{bucket}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{bucket}.s3.{REGION}.amazonaws.com",
    }


def _kms_key(name: str, _: Inputs) -> tuple[str, dict[str, Any]]:
    d = digits(f"kms{name}", 32)
    key_id = f"{d[:8]}-{d[8:12]}-4{d[13:16]}-8{d[17:20]}-{d[20:]}"
    return key_id, {"arn": arn_of("kms", f"key/{key_id}"), "keyId": key_id}


def _secret(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("name") or name)
    arn = arn_of("secretsmanager", f"secret:{own}-{digits(own, 6)}")
    return arn, {"arn": arn, "name": own}


def _secret_version(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    version = digits(f"version{name}", 32)
    secret = str(inputs.get("secretId"))
    return f"{secret}|{version}", {"secretArn": secret, "versionId": version}


def _database(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("identifier") or name)
    host = f"{own}.{digits(own, 12)}.{REGION}.rds.amazonaws.com"
    outputs: dict[str, Any] = {
        "arn": arn_of("rds", f"db:{own}"),
        "identifier": own,
        "address": host,
        "endpoint": f"{host}:5432",
        "port": 5432,
        "resourceId": f"db-{digits(own, 26).upper()}",
    }
    if inputs.get("manageMasterUserPassword"):
        secret = f"rds!db-{digits(own, 8)}-{digits(own, 4)}"
        outputs["masterUserSecrets"] = [
            {
                "secretArn": arn_of("secretsmanager", f"secret:{secret}-{digits(secret, 6)}"),
                "secretStatus": "active",
                "kmsKeyId": inputs.get("masterUserSecretKmsKeyId", ""),
            }
        ]
    return f"db-{digits(own, 26).upper()}", outputs


def _redis(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("replicationGroupId") or name)
    return own, {
        "arn": arn_of("elasticache", f"replicationgroup:{own}"),
        "primaryEndpointAddress": f"master.{own}.{digits(own, 6)}.cac1.cache.amazonaws.com",
        "port": 6379,
    }


def _glue(path: str) -> Identity:
    def identity(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
        own = str(inputs.get("name") or name)
        place = f"{inputs.get('databaseName')}/{own}" if path == "table" else own
        return f"{ACCOUNT_ID}:{place.replace('/', ':')}" if path != "job" else own, {
            "arn": arn_of("glue", f"{path}/{place}"),
            "name": own,
        }

    return identity


def _random_password(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    return "none", {"result": digits(f"password{name}", int(inputs.get("length", 32)))}


def _random_id(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = digits(f"id{name}", 2 * int(inputs.get("byteLength", 8)))
    return own, {"hex": own}


IDENTITIES: dict[str, Identity] = {
    "aws:athena/workgroup:Workgroup": named("name", "athena", "workgroup/{}"),
    "aws:elasticache/replicationGroup:ReplicationGroup": _redis,
    "aws:glue/catalogDatabase:CatalogDatabase": _glue("database"),
    "aws:glue/catalogTable:CatalogTable": _glue("table"),
    "aws:glue/crawler:Crawler": named("name", "glue", "crawler/{}"),
    "aws:glue/job:Job": _glue("job"),
    "aws:kms/key:Key": _kms_key,
    "aws:rds/instance:Instance": _database,
    "aws:rds/parameterGroup:ParameterGroup": named("name", "rds", "pg:{}"),
    "aws:rds/subnetGroup:SubnetGroup": named("name", "rds", "subgrp:{}"),
    "aws:s3/bucket:Bucket": _bucket,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:secretsmanager/secretVersion:SecretVersion": _secret_version,
    "random:index/randomId:RandomId": _random_id,
    "random:index/randomPassword:RandomPassword": _random_password,
}
