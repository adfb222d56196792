"""What AWS would answer: ids, ARNs and addresses of new resources in their real shapes.

Values are derived from the resource's URN or name, so that a stack looks the same in every
recording and a reference can be followed by its value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from pulumi.runtime import mocks, rpc

from blueprint.names import REGION

ACCOUNT_ID = "123456789012"
ZONES = (f"{REGION}a", f"{REGION}b", f"{REGION}d")
ELB_ACCOUNT_ID = "985666609251"
"""Account of Elastic Load Balancing in ca-central-1, which delivers access logs.

Source: Elastic Load Balancing, "Enable access logs", table of account ids by region.
"""

Inputs = dict[str, Any]
Identity = Callable[[str, Inputs], tuple[str, dict[str, Any]]]


class SimulatedAws(mocks.Mocks):
    """Answers for every resource and every look-up of the program."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Id and state of a resource that was just made."""
        return simulate(args.typ, args.name, args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Answer of a look-up; raises NotImplementedError for one that nothing here knows."""
        return answer(args.token, args.args), []  # the mock monitor iterates over the failures


def simulate(kind: str, name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    """Id and outputs of a resource of type token `kind`, its inputs included in the outputs."""
    identity = _IDENTITIES.get(kind)
    if identity is None:
        identity = _components if kind.startswith("finks:") else _other
    resource_id, outputs = identity(
        name, {key: rpc.unwrap_rpc_secret(value) for key, value in inputs.items()}
    )
    return resource_id, {**inputs, **outputs}


def answer(token: str, args: Inputs) -> dict[str, Any]:
    """Answer of the provider function `token`."""
    try:
        return _ANSWERS[token](args)
    except KeyError:
        raise NotImplementedError(
            f"graph/simulation.py has no answer for {token}; add one to _ANSWERS"
        ) from None


def digits(text: str, length: int) -> str:
    """Hexadecimal digits that follow from a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _arn(service: str, resource: str, *, region: str = REGION, account: str = ACCOUNT_ID) -> str:
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def _components(name: str, _: Inputs) -> tuple[str, dict[str, Any]]:
    return name, {}


def _other(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    # Side resources, such as a bucket's versioning, carry the id of what they belong to.
    return f"{name}-{digits(name + repr(sorted(inputs)), 8)}", {}


def _prefixed(prefix: str, path: str, service: str = "ec2") -> Identity:
    """Ids such as vpc-0123456789abcdef0 and the ARN that ends in path/id."""

    def identity(name: str, _: Inputs) -> tuple[str, dict[str, Any]]:
        resource_id = f"{prefix}-0{digits(prefix + name, 16)}"
        return resource_id, {"arn": _arn(service, f"{path}/{resource_id}")}

    return identity


def _named(key: str, service: str, path: str, *, id_is_arn: bool = False, **scope: str) -> Identity:
    """Resources that are known by the name in input `key`; `path` holds {} for it."""

    def identity(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
        own = str(inputs.get(key) or f"{name}-{digits(name, 7)}")
        arn = _arn(service, path.format(own), **scope)
        return arn if id_is_arn else own, {"arn": arn, key: own}

    return identity


def _security_group(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    resource_id, outputs = _prefixed("sg", "security-group")(name, inputs)
    return resource_id, {**outputs, "name": inputs.get("name") or name}


def _nat_gateway(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    resource_id, outputs = _prefixed("nat", "natgateway")(name, inputs)
    return resource_id, {**outputs, "publicIp": "203.0.113.10"}


def _vpc(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    resource_id, outputs = _prefixed("vpc", "vpc")(name, inputs)
    return resource_id, {
        **outputs,
        "defaultSecurityGroupId": f"sg-0{digits('default' + name, 16)}",
        "defaultRouteTableId": f"rtb-0{digits('default' + name, 16)}",
        "defaultNetworkAclId": f"acl-0{digits('default' + name, 16)}",
    }


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
    return key_id, {"arn": _arn("kms", f"key/{key_id}"), "keyId": key_id}


def _secret(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("name") or name)
    arn = _arn("secretsmanager", f"secret:{own}-{digits(own, 6)}")
    return arn, {"arn": arn, "name": own}


def _secret_version(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    version = digits(f"version{name}", 32)
    secret = str(inputs.get("secretId"))
    return f"{secret}|{version}", {"secretArn": secret, "versionId": version}


def _role(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    role = str(inputs.get("name") or name)
    path = str(inputs.get("path") or "/")
    arn = f"arn:aws:iam::{ACCOUNT_ID}:role{path}{role}"
    return role, {"arn": arn, "name": role, "uniqueId": f"AROA{digits(role, 17).upper()}"}


def _policy(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    arn = f"arn:aws:iam::{ACCOUNT_ID}:policy/{inputs.get('name') or name}"
    return arn, {"arn": arn}


def _role_policy(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    policy = str(inputs.get("name") or name)
    return f"{inputs.get('role')}:{policy}", {"name": policy}


def _oidc_provider(_: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    host = str(inputs.get("url", "")).removeprefix("https://")
    arn = f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/{host}"
    return arn, {"arn": arn}


def _database(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("identifier") or name)
    host = f"{own}.{digits(own, 12)}.{REGION}.rds.amazonaws.com"
    outputs: dict[str, Any] = {
        "arn": _arn("rds", f"db:{own}"),
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
                "secretArn": _arn("secretsmanager", f"secret:{secret}-{digits(secret, 6)}"),
                "secretStatus": "active",
                "kmsKeyId": inputs.get("masterUserSecretKmsKeyId", ""),
            }
        ]
    return f"db-{digits(own, 26).upper()}", outputs


def _redis(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("replicationGroupId") or name)
    return own, {
        "arn": _arn("elasticache", f"replicationgroup:{own}"),
        "primaryEndpointAddress": f"master.{own}.{digits(own, 6)}.cac1.cache.amazonaws.com",
        "port": 6379,
    }


def _repository(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("name") or name)
    return own, {
        "arn": _arn("ecr", f"repository/{own}"),
        "name": own,
        "registryId": ACCOUNT_ID,
        "repositoryUrl": f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com/{own}",
    }


def _image(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    tag = str((inputs.get("tags") or [name])[0])
    digest = f"sha256:{digits(tag, 64)}"
    return digest, {"digest": digest, "ref": f"{tag}@{digest}"}


def _task_definition(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    family = str(inputs.get("family") or name)
    return family, {
        "arn": _arn("ecs", f"task-definition/{family}:1"),
        "arnWithoutRevision": _arn("ecs", f"task-definition/{family}"),
        "revision": 1,
    }


def _service(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    cluster = str(inputs.get("cluster") or "default").rpartition("/")[2]
    arn = _arn("ecs", f"service/{cluster}/{inputs.get('name') or name}")
    return arn, {"arn": arn}


def _load_balancer(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("name") or name)
    suffix = f"app/{own}/{digits(own, 16)}"
    arn = _arn("elasticloadbalancing", f"loadbalancer/{suffix}")
    internal = "internal-" if inputs.get("internal") else ""
    return arn, {
        "arn": arn,
        "arnSuffix": suffix,
        "dnsName": f"{internal}{own}-{digits(own, 10)}.{REGION}.elb.amazonaws.com",
        "zoneId": "ZQSVJUPU6J1EY",
    }


def _target_group(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("name") or name)
    suffix = f"targetgroup/{own}/{digits(own, 16)}"
    arn = _arn("elasticloadbalancing", suffix)
    return arn, {"arn": arn, "arnSuffix": suffix, "name": own}


def _listener(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    balancer = str(inputs.get("loadBalancerArn", "")).partition(":loadbalancer/")[2]
    arn = _arn("elasticloadbalancing", f"listener/{balancer}/{digits(name, 16)}")
    return arn, {"arn": arn}


def _certificate(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    arn = _arn("acm", f"certificate/{digits(name, 8)}-0000-4000-8000-{digits(name, 12)}")
    domain = str(inputs.get("domainName"))
    return arn, {
        "arn": arn,
        "domainValidationOptions": [
            {
                "domainName": domain,
                "resourceRecordName": f"_{digits(domain, 32)}.{domain}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": f"_{digits('value' + domain, 32)}.acm-validations.aws.",
            }
        ],
    }


def _record(_: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    zone, own, kind = (str(inputs.get(key)) for key in ("zoneId", "name", "type"))
    return f"{zone}_{own}_{kind}", {"fqdn": own.removesuffix(".")}


def _queue(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("name") or name)
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT_ID}/{own}"
    return url, {"arn": _arn("sqs", own), "url": url, "name": own}


def _glue(path: str) -> Identity:
    def identity(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
        own = str(inputs.get("name") or name)
        place = f"{inputs.get('databaseName')}/{own}" if path == "table" else own
        return f"{ACCOUNT_ID}:{place.replace('/', ':')}" if path != "job" else own, {
            "arn": _arn("glue", f"{path}/{place}"),
            "name": own,
        }

    return identity


def _function(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = str(inputs.get("name") or name)
    arn = _arn("lambda", f"function:{own}")
    invoke = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return own, {"arn": arn, "name": own, "invokeArn": invoke, "qualifiedArn": f"{arn}:1"}


def _rest_api(name: str, _: Inputs) -> tuple[str, dict[str, Any]]:
    api_id = digits(f"api{name}", 10)
    return api_id, {
        "arn": f"arn:aws:apigateway:{REGION}::/restapis/{api_id}",
        "executionArn": _arn("execute-api", api_id),
        "rootResourceId": digits(f"root{name}", 10),
    }


def _stage(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    api, stage = str(inputs.get("restApi")), str(inputs.get("stageName") or name)
    return f"ags-{api}-{stage}", {
        "arn": f"arn:aws:apigateway:{REGION}::/restapis/{api}/stages/{stage}",
        "invokeUrl": f"https://{api}.execute-api.{REGION}.amazonaws.com/{stage}",
        "executionArn": _arn("execute-api", f"{api}/{stage}"),
    }


def _namespace(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    resource_id = f"ns-{digits(name, 16)}"
    return resource_id, {
        "arn": _arn("servicediscovery", f"namespace/{resource_id}"),
        "hostedZone": f"Z{digits(name, 13).upper()}",
        "name": inputs.get("name"),
    }


def _discovery_service(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    resource_id = f"srv-{digits(name, 16)}"
    return resource_id, {
        "arn": _arn("servicediscovery", f"service/{resource_id}"),
        "name": inputs.get("name"),
    }


def _random_password(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    return "none", {"result": digits(f"password{name}", int(inputs.get("length", 32)))}


def _random_id(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    own = digits(f"id{name}", 2 * int(inputs.get("byteLength", 8)))
    return own, {"hex": own}


_IDENTITIES: dict[str, Identity] = {
    "aws:acm/certificate:Certificate": _certificate,
    "aws:apigateway/restApi:RestApi": _rest_api,
    "aws:apigateway/stage:Stage": _stage,
    "aws:athena/workgroup:Workgroup": _named("name", "athena", "workgroup/{}"),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _named("alarmName", "cloudwatch", "alarm:{}"),
    "aws:cloudwatch/dashboard:Dashboard": _named(
        "dashboardName", "cloudwatch", "dashboard/{}", region=""
    ),
    "aws:cloudwatch/eventRule:EventRule": _named("name", "events", "rule/{}"),
    "aws:cloudwatch/logGroup:LogGroup": _named("name", "logs", "log-group:{}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _named("name", "cloudwatch", "alarm:{}"),
    "aws:ec2/eip:Eip": _prefixed("eipalloc", "elastic-ip"),
    "aws:ec2/flowLog:FlowLog": _prefixed("fl", "vpc-flow-log"),
    "aws:ec2/internetGateway:InternetGateway": _prefixed("igw", "internet-gateway"),
    "aws:ec2/natGateway:NatGateway": _nat_gateway,
    "aws:ec2/routeTable:RouteTable": _prefixed("rtb", "route-table"),
    "aws:ec2/securityGroup:SecurityGroup": _security_group,
    "aws:ec2/subnet:Subnet": _prefixed("subnet", "subnet"),
    "aws:ec2/vpc:Vpc": _vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _prefixed("vpce", "vpc-endpoint"),
    "aws:ecr/repository:Repository": _repository,
    "aws:ecs/cluster:Cluster": _named("name", "ecs", "cluster/{}", id_is_arn=True),
    "aws:ecs/service:Service": _service,
    "aws:ecs/taskDefinition:TaskDefinition": _task_definition,
    "aws:elasticache/replicationGroup:ReplicationGroup": _redis,
    "aws:glue/catalogDatabase:CatalogDatabase": _glue("database"),
    "aws:glue/catalogTable:CatalogTable": _glue("table"),
    "aws:glue/crawler:Crawler": _named("name", "glue", "crawler/{}"),
    "aws:glue/job:Job": _glue("job"),
    "aws:iam/instanceProfile:InstanceProfile": _named(
        "name", "iam", "instance-profile/{}", region=""
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _oidc_provider,
    "aws:iam/policy:Policy": _policy,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:kms/key:Key": _kms_key,
    "aws:lambda/function:Function": _function,
    "aws:lb/listener:Listener": _listener,
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:lb/targetGroup:TargetGroup": _target_group,
    "aws:rds/instance:Instance": _database,
    "aws:rds/parameterGroup:ParameterGroup": _named("name", "rds", "pg:{}"),
    "aws:rds/subnetGroup:SubnetGroup": _named("name", "rds", "subgrp:{}"),
    "aws:route53/record:Record": _record,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:secretsmanager/secretVersion:SecretVersion": _secret_version,
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": _namespace,
    "aws:servicediscovery/service:Service": _discovery_service,
    "aws:sfn/stateMachine:StateMachine": _named(
        "name", "states", "stateMachine:{}", id_is_arn=True
    ),
    "aws:sns/topic:Topic": _named("name", "sns", "{}", id_is_arn=True),
    "aws:sqs/queue:Queue": _queue,
    "docker-build:index:Image": _image,
    "random:index/randomId:RandomId": _random_id,
    "random:index/randomPassword:RandomPassword": _random_password,
}

_ANSWERS: dict[str, Callable[[Inputs], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": lambda _: {
        "accountId": ACCOUNT_ID,
        "arn": f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/deploy/session",
        "userId": "AROAEXAMPLE:session",
        "id": ACCOUNT_ID,
    },
    "aws:index/getRegion:getRegion": lambda _: {"region": REGION, "id": REGION},
    "aws:index/getAvailabilityZones:getAvailabilityZones": lambda _: {
        "names": list(ZONES),
        "zoneIds": ["cac1-az1", "cac1-az2", "cac1-az4"],
        "id": REGION,
    },
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": lambda _: {
        "proxyEndpoint": f"https://{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com",
        "userName": "AWS",
        "password": "simulated",
        "id": REGION,
    },
}
