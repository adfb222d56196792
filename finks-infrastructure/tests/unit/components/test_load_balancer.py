from __future__ import annotations

from typing import Any

import pytest

from blueprint.names import ENVIRONMENTS, Names
from components.base import StackContext
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.storage import Storage
from config.settings import SettingsError
from graph.model import Graph
from tests.unit.components.conftest import RecordComponent

LISTENER = "aws:lb/listener:Listener"
RECORD = "aws:route53/record:Record"
DOMAIN = {"domain": "prefect.example.com", "hostedZoneId": "Z0123456789ABC"}


def balancer(context: StackContext) -> LoadBalancer:
    args = LoadBalancerArgs(
        config=context.settings.load_balancer,
        vpc_id="vpc-1",
        public_subnet_ids=["subnet-public-1", "subnet-public-2"],
        private_subnet_ids=["subnet-private-1", "subnet-private-2"],
        security_group_id="sg-1",
        logs_bucket=context.names.bucket("logs"),
    )
    return LoadBalancer("balancer", args, context)


@pytest.fixture
def internal(record_component: RecordComponent) -> Graph:
    return record_component(balancer)


@pytest.fixture
def public(record_component: RecordComponent) -> Graph:
    return record_component(balancer, stack="prod", loadBalancer=DOMAIN)


def test_without_a_domain_it_is_internal_in_private_subnets(internal: Graph) -> None:
    alb = internal.named("balancer-alb").inputs
    assert alb["internal"] is True
    assert alb["subnets"] == ["subnet-private-1", "subnet-private-2"]
    assert alb["securityGroups"] == ["sg-1"]


def test_without_a_domain_http_alone_is_forwarded(internal: Graph) -> None:
    (listener,) = internal.of_type(LISTENER)
    assert (listener.inputs["port"], listener.inputs["protocol"]) == (80, "HTTP")
    assert listener.inputs["defaultActions"] == [
        {"type": "forward", "targetGroupArn": internal.named("balancer-prefect").outputs["arn"]}
    ]
    assert internal.of_type(RECORD, "aws:acm/certificate:Certificate") == []


def test_with_a_domain_it_faces_the_internet_in_public_subnets(public: Graph) -> None:
    alb = public.named("balancer-alb").inputs
    assert alb["internal"] is False
    assert alb["subnets"] == ["subnet-public-1", "subnet-public-2"]


def test_with_a_domain_https_is_forwarded_with_the_validated_certificate(public: Graph) -> None:
    https = public.named("balancer-https")
    assert (https.inputs["port"], https.inputs["protocol"]) == (443, "HTTPS")
    assert https.inputs["loadBalancerArn"] == public.named("balancer-alb").outputs["arn"]
    assert https.inputs["defaultActions"] == [
        {"type": "forward", "targetGroupArn": public.named("balancer-prefect").outputs["arn"]}
    ]
    assert https.inputs["certificateArn"] == public.named("balancer-certificate").outputs["arn"]
    # A listener takes no certificate that is not yet issued.
    assert public.named("balancer-validation").urn in https.dependencies


def test_tls_below_1_2_is_refused(public: Graph) -> None:
    assert public.named("balancer-https").inputs["sslPolicy"] == (
        "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    )


def test_with_a_domain_http_only_redirects(public: Graph) -> None:
    http = public.named("balancer-http")
    assert http.inputs["port"] == 80
    assert http.inputs["defaultActions"] == [
        {
            "type": "redirect",
            "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"},
        }
    ]


def test_the_certificate_is_proved_in_the_hosted_zone(public: Graph) -> None:
    certificate = public.named("balancer-certificate")
    assert certificate.inputs["domainName"] == "prefect.example.com"
    assert certificate.inputs["validationMethod"] == "DNS"
    proof = certificate.outputs["domainValidationOptions"][0]
    record = public.named("balancer-validation-record").inputs
    assert record["zoneId"] == "Z0123456789ABC"
    assert (record["name"], record["type"], record["records"]) == (
        proof["resourceRecordName"],
        proof["resourceRecordType"],
        [proof["resourceRecordValue"]],
    )
    validation = public.named("balancer-validation")
    assert validation.inputs["certificateArn"] == certificate.outputs["arn"]
    assert validation.inputs["validationRecordFqdns"] == [proof["resourceRecordName"].rstrip(".")]
    assert public.named("balancer-validation-record").urn in validation.dependencies


def test_the_domain_is_an_alias_of_the_balancer(public: Graph) -> None:
    alb = public.named("balancer-alb").outputs
    alias = public.named("balancer-alias").inputs
    assert (alias["zoneId"], alias["name"], alias["type"]) == (
        "Z0123456789ABC",
        "prefect.example.com",
        "A",
    )
    assert alias["aliases"] == [
        {"name": alb["dnsName"], "zoneId": alb["zoneId"], "evaluateTargetHealth": True}
    ]


def test_targets_are_the_tasks_of_the_server(internal: Graph) -> None:
    group = internal.named("balancer-prefect").inputs
    assert (group["vpcId"], group["targetType"]) == ("vpc-1", "ip")
    assert (group["port"], group["protocol"]) == (4200, "HTTP")
    assert group["healthCheck"]["path"] == "/api/health"
    assert group["healthCheck"]["matcher"] == "200"
    assert group["healthCheck"]["timeout"] < group["healthCheck"]["interval"]


@pytest.mark.parametrize(
    ("stack", "protected"), [("dev", False), ("staging", True), ("prod", True)]
)
def test_deletion_protection_is_that_of_the_stack(
    record_component: RecordComponent, stack: str, protected: bool
) -> None:
    alb = record_component(balancer, stack=stack).named("balancer-alb").inputs
    assert alb["enableDeletionProtection"] is protected


@pytest.mark.parametrize("changes", [{}, {"loadBalancer": DOMAIN}])
def test_access_is_logged_and_bad_headers_are_dropped(
    record_component: RecordComponent, changes: dict[str, Any]
) -> None:
    alb = record_component(balancer, **changes).named("balancer-alb").inputs
    assert alb["accessLogs"] == {
        "enabled": True,
        "bucket": "finks-dev-logs-123456789012",
        "prefix": "alb",
    }
    assert alb["dropInvalidHeaderFields"] is True


def test_the_balancer_waits_until_it_may_write_its_logs(record_component: RecordComponent) -> None:
    def make(context: StackContext) -> None:
        storage = Storage("storage", context.settings.storage, context)
        args = LoadBalancerArgs(
            config=context.settings.load_balancer,
            vpc_id="vpc-1",
            public_subnet_ids=[],
            private_subnet_ids=["subnet-private-1", "subnet-private-2"],
            security_group_id="sg-1",
            logs_bucket=storage.bucket_names["logs"],
        )
        LoadBalancer("balancer", args, context)

    graph = record_component(make)
    logs = graph.named("balancer-alb").inputs["accessLogs"]
    (policy,) = [
        policy
        for policy in graph.of_type("aws:s3/bucketPolicy:BucketPolicy")
        if policy.inputs["bucket"] == logs["bucket"]
    ]
    assert policy.urn in graph.named("balancer-alb").dependencies
    assert f"arn:aws:s3:::{logs['bucket']}/{logs['prefix']}/AWSLogs/" in policy.inputs["policy"]


def test_url_is_the_balancers_own_name_without_a_domain(internal: Graph) -> None:
    name = internal.named("balancer-alb").outputs["dnsName"]
    assert name.startswith("internal-")
    assert internal.named("balancer").outputs == {
        "prefectUrl": f"http://{name}",
        "loadBalancerDnsName": name,
    }


def test_url_is_https_with_a_domain(public: Graph) -> None:
    assert public.named("balancer").outputs["prefectUrl"] == "https://prefect.example.com"


@pytest.mark.parametrize("changes", [{}, {"loadBalancer": DOMAIN}])
def test_the_listener_to_wait_for_is_the_one_that_forwards(
    record_component: RecordComponent, changes: dict[str, Any]
) -> None:
    made: list[LoadBalancer] = []
    names: list[str] = []

    def make(context: StackContext) -> None:
        made.append(balancer(context))
        made[0].listener.default_actions.apply(lambda actions: names.append(actions[0].type))

    record_component(make, **changes)
    assert names == ["forward"]


def test_alarms_get_the_suffixes_of_the_arns(record_component: RecordComponent) -> None:
    suffixes: dict[str, str] = {}

    def make(context: StackContext) -> None:
        made = balancer(context)
        made.arn_suffix.apply(lambda suffix: suffixes.update(balancer=suffix))
        made.target_group_arn_suffix.apply(lambda suffix: suffixes.update(group=suffix))

    graph = record_component(make)
    assert graph.named("balancer-alb").outputs["arn"].endswith(suffixes["balancer"])
    assert suffixes["balancer"].startswith("app/finks-dev-prefect/")
    assert graph.named("balancer-prefect").outputs["arn"].endswith(suffixes["group"])
    assert suffixes["group"].startswith("targetgroup/finks-dev-prefect-api/")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_names_fit_into_32_characters(environment: str) -> None:
    names = Names(environment, "a" * 25)
    assert len(names.load_balancer) <= 32
    assert len(names.target_group) <= 32


def test_a_domain_without_its_zone_is_refused(record_component: RecordComponent) -> None:
    with pytest.raises(SettingsError, match="domain and hostedZoneId go together"):
        record_component(balancer, loadBalancer={"domain": "prefect.example.com"})


def test_open_networks_without_a_certificate_are_refused(
    record_component: RecordComponent,
) -> None:
    with pytest.raises(SettingsError, match="allowedCidrs needs a domain"):
        record_component(balancer, loadBalancer={"allowedCidrs": ["198.51.100.0/24"]})
