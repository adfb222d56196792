"""A small platform that is valid: what the seeded faults are seeded in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import (
    athena,
    cloudwatch,
    ec2,
    ecr,
    ecs,
    elasticache,
    glue,
    iam,
    kms,
    lb,
    rds,
    s3,
    secretsmanager,
    sfn,
    sns,
    sqs,
    vpc,
)

from components.base import BaseComponent
from components.policy_document import allow, deny, document, service_trust
from graph.model import Graph
from graph.recorder import record
from graph.stacks import context_of


class Sample(BaseComponent[None]):
    """One resource of most kinds that the platform has."""

    area = "sample"

    def create(self) -> None:
        self._network()
        self._lake()
        self._secrets()
        self._tasks()
        self._database()
        self._events()
        self._watch()

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        return {"sampleBucket": self.bucket.bucket}

    def _network(self) -> None:
        opts = self.child()
        self.vpc = ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=opts)
        gateway = ec2.InternetGateway("gateway", vpc_id=self.vpc.id, opts=opts)
        public = ec2.RouteTable("public", vpc_id=self.vpc.id, opts=opts)
        private = ec2.RouteTable("private", vpc_id=self.vpc.id, opts=opts)
        self.subnets: dict[str, ec2.Subnet] = {}
        for name, cidr, zone, table in (
            ("public-a", "10.0.0.0/20", "ca-central-1a", public),
            ("public-b", "10.0.16.0/20", "ca-central-1b", public),
            ("private-a", "10.0.128.0/20", "ca-central-1a", private),
            ("private-b", "10.0.144.0/20", "ca-central-1b", private),
        ):
            subnet = ec2.Subnet(
                name, vpc_id=self.vpc.id, cidr_block=cidr, availability_zone=zone, opts=opts
            )
            self.subnets[name] = subnet
            ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=table.id, opts=opts)
        address = ec2.Eip("nat", domain="vpc", opts=opts)
        nat = ec2.NatGateway(
            "nat", allocation_id=address.id, subnet_id=self.subnets["public-a"].id, opts=opts
        )
        for name, table, target in (
            ("out", public, {"gateway_id": gateway.id}),
            ("nat", private, {"nat_gateway_id": nat.id}),
        ):
            ec2.Route(
                name,
                route_table_id=table.id,
                destination_cidr_block="0.0.0.0/0",
                opts=opts,
                **target,
            )
        self.group = ec2.SecurityGroup(
            "server", name="server", description="The server", vpc_id=self.vpc.id, opts=opts
        )
        self.clients = ec2.SecurityGroup(
            "clients", name="clients", description="Its clients", vpc_id=self.vpc.id, opts=opts
        )
        vpc.SecurityGroupIngressRule(
            "server-from-clients",
            security_group_id=self.group.id,
            referenced_security_group_id=self.clients.id,
            ip_protocol="tcp",
            from_port=4200,
            to_port=4200,
            opts=opts,
        )
        vpc.SecurityGroupEgressRule(
            "clients-out",
            security_group_id=self.clients.id,
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="-1",
            opts=opts,
        )

    def _lake(self) -> None:
        opts = self.child()
        account = self.context.account_id
        self.key = kms.Key(
            "key",
            description="The lake",
            deletion_window_in_days=30,
            enable_key_rotation=True,
            policy=document(
                allow(
                    "Account",
                    ["kms:*"],
                    ["*"],
                    principals={"AWS": f"arn:aws:iam::{account}:root"},
                )
            ),
            opts=opts,
        )
        kms.Alias("key", name="alias/sample", target_key_id=self.key.key_id, opts=opts)
        self.bucket = s3.Bucket("bronze", bucket="sample-bronze", opts=opts)
        s3.BucketVersioning(
            "bronze",
            bucket=self.bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=opts,
        )
        s3.BucketPublicAccessBlock(
            "bronze", bucket=self.bucket.bucket, block_public_acls=True, opts=opts
        )
        s3.BucketServerSideEncryptionConfiguration(
            "bronze",
            bucket=self.bucket.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": self.key.arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=opts,
        )
        s3.BucketLifecycleConfiguration(
            "bronze",
            bucket=self.bucket.bucket,
            rules=[
                {
                    "id": "age",
                    "status": "Enabled",
                    "filter": {"prefix": "fmp/"},
                    "transitions": [{"days": 30, "storage_class": "STANDARD_IA"}],
                    "noncurrent_version_expiration": {"noncurrent_days": 30},
                }
            ],
            opts=opts,
        )
        arn = "arn:aws:s3:::sample-bronze"
        s3.BucketPolicy(
            "bronze",
            bucket=self.bucket.bucket,
            policy=document(
                deny(
                    "TlsOnly",
                    ["s3:*"],
                    [arn, f"{arn}/*"],
                    principals="*",
                    condition={"Bool": {"aws:SecureTransport": "false"}},
                )
            ),
            opts=opts,
        )
        database = glue.CatalogDatabase("bronze", name="sample_bronze", opts=opts)
        glue.CatalogTable(
            "quotes",
            name="quotes",
            database_name=database.name,
            table_type="EXTERNAL_TABLE",
            storage_descriptor={
                "location": "s3://sample-bronze/quotes/",
                "columns": [{"name": "symbol", "type": "string"}],
            },
            opts=opts,
        )
        athena.Workgroup(
            "people",
            name="sample",
            configuration={
                "enforce_workgroup_configuration": True,
                "bytes_scanned_cutoff_per_query": 10_000_000_000,
                "result_configuration": {"output_location": "s3://sample-bronze/results/"},
            },
            opts=opts,
        )

    def _secrets(self) -> None:
        opts = self.child()
        account = self.context.account_id
        self.secret = secretsmanager.Secret(
            "key", name="sample/api-key", recovery_window_in_days=7, opts=opts
        )
        self.role = iam.Role(
            "task",
            name="sample-task",
            assume_role_policy=service_trust("ecs-tasks.amazonaws.com", account),
            opts=opts,
        )
        iam.RolePolicyAttachment(
            "task",
            role=self.role.name,
            policy_arn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
            opts=opts,
        )
        iam.RolePolicy(
            "task",
            name="task",
            role=self.role.name,
            policy=document(
                allow("Read", ["s3:GetObject"], ["arn:aws:s3:::sample-bronze/fmp/*"]),
                allow(
                    "Run",
                    ["ecs:RunTask"],
                    [f"arn:aws:ecs:ca-central-1:{account}:task-definition/sample:*"],
                ),
                allow("Pass", ["iam:PassRole"], [f"arn:aws:iam::{account}:role/sample-task"]),
            ),
            opts=opts,
        )

    def _tasks(self) -> None:
        opts = self.child()
        repository = ecr.Repository(
            "image", name="sample/image", image_tag_mutability="IMMUTABLE", opts=opts
        )
        ecr.LifecyclePolicy(
            "image",
            repository=repository.name,
            policy=json.dumps(
                {
                    "rules": [
                        {
                            "rulePriority": 1,
                            "selection": {
                                "tagStatus": "untagged",
                                "countType": "sinceImagePushed",
                                "countUnit": "days",
                                "countNumber": 14,
                            },
                            "action": {"type": "expire"},
                        }
                    ]
                }
            ),
            opts=opts,
        )
        cloudwatch.LogGroup("task", name="/ecs/sample", retention_in_days=7, opts=opts)
        cluster = ecs.Cluster(
            "cluster",
            name="sample",
            settings=[{"name": "containerInsights", "value": "enabled"}],
            opts=opts,
        )
        image = f"{self.context.account_id}.dkr.ecr.ca-central-1.amazonaws.com/sample/image:1"
        definitions = pulumi.Output.json_dumps(
            [
                {
                    "name": "server",
                    "image": image,
                    "essential": True,
                    "portMappings": [{"containerPort": 4200, "protocol": "tcp"}],
                    "environment": [{"name": "S3_BUCKET", "value": "sample-bronze"}],
                    "secrets": [
                        {"name": "API_KEY", "valueFrom": self.secret.arn.apply("{}:key::".format)}
                    ],
                    "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp"}],
                    "logConfiguration": {
                        "logDriver": "awslogs",
                        "options": {
                            "awslogs-group": "/ecs/sample",
                            "awslogs-region": "ca-central-1",
                            "awslogs-stream-prefix": "ecs",
                        },
                    },
                }
            ]
        )
        task = ecs.TaskDefinition(
            "task",
            family="sample",
            cpu="512",
            memory="1024",
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            execution_role_arn=self.role.arn,
            task_role_arn=self.role.arn,
            volumes=[{"name": "tmp"}],
            container_definitions=definitions,
            opts=opts,
        )
        private = [self.subnets["private-a"].id, self.subnets["private-b"].id]
        balancer = lb.LoadBalancer(
            "balancer",
            name="sample",
            internal=True,
            load_balancer_type="application",
            security_groups=[self.group.id],
            subnets=private,
            opts=opts,
        )
        target = lb.TargetGroup(
            "server",
            name="sample",
            port=4200,
            protocol="HTTP",
            target_type="ip",
            vpc_id=self.vpc.id,
            health_check={"path": "/api/health", "matcher": "200", "interval": 30},
            opts=opts,
        )
        lb.Listener(
            "http",
            load_balancer_arn=balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[{"type": "forward", "target_group_arn": target.arn}],
            opts=opts,
        )
        ecs.Service(
            "server",
            name="server",
            cluster=cluster.arn,
            task_definition=task.arn,
            desired_count=1,
            launch_type="FARGATE",
            network_configuration={"subnets": private, "security_groups": [self.group.id]},
            load_balancers=[
                {
                    "container_name": "server",
                    "container_port": 4200,
                    "target_group_arn": target.arn,
                }
            ],
            opts=opts,
        )

    def _database(self) -> None:
        opts = self.child()
        private = [self.subnets["private-a"].id, self.subnets["private-b"].id]
        group = rds.SubnetGroup("database", name="sample", subnet_ids=private, opts=opts)
        parameters = rds.ParameterGroup(
            "database",
            name="sample",
            family="postgres16",
            parameters=[{"name": "rds.force_ssl", "value": "1"}],
            opts=opts,
        )
        rds.Instance(
            "database",
            identifier="sample",
            engine="postgres",
            engine_version="16",
            instance_class="db.t4g.micro",
            allocated_storage=20,
            username="prefect",
            manage_master_user_password=True,
            backup_retention_period=7,
            db_subnet_group_name=group.name,
            parameter_group_name=parameters.name,
            vpc_security_group_ids=[self.group.id],
            opts=opts,
        )
        cache = elasticache.SubnetGroup("cache", name="sample", subnet_ids=private, opts=opts)
        elasticache.ReplicationGroup(
            "cache",
            replication_group_id="sample",
            description="Events between servers",
            engine="redis",
            node_type="cache.t4g.micro",
            num_cache_clusters=1,
            subnet_group_name=cache.name,
            security_group_ids=[self.group.id],
            opts=opts,
        )

    def _events(self) -> None:
        opts = self.child()
        dead = sqs.Queue("dead", name="sample-dead", message_retention_seconds=1209600, opts=opts)
        queue = sqs.Queue(
            "events",
            name="sample-events",
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 5}
            ),
            opts=opts,
        )
        rule = cloudwatch.EventRule(
            "tasks",
            name="sample-tasks",
            event_pattern=json.dumps(
                {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"]}
            ),
            opts=opts,
        )
        cloudwatch.EventTarget("tasks", rule=rule.name, arn=queue.arn, opts=opts)
        sqs.QueuePolicy(
            "events",
            queue_url=queue.url,
            policy=document(
                allow(
                    "Events",
                    ["sqs:SendMessage"],
                    [queue.arn],
                    principals={"Service": "events.amazonaws.com"},
                    condition={"ArnEquals": {"aws:SourceArn": rule.arn}},
                )
            ),
            opts=opts,
        )
        sfn.StateMachine(
            "nightly",
            name="sample-nightly",
            role_arn=self.role.arn,
            definition=json.dumps(
                {
                    "StartAt": "Wait",
                    "States": {
                        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Done"},
                        "Done": {"Type": "Succeed"},
                    },
                }
            ),
            opts=opts,
        )

    def _watch(self) -> None:
        opts = self.child()
        topic = sns.Topic("alerts", name="sample-alerts", opts=opts)
        alarm = cloudwatch.MetricAlarm(
            "busy",
            name="sample-busy",
            namespace="AWS/RDS",
            metric_name="CPUUtilization",
            dimensions={"DBInstanceIdentifier": "sample"},
            statistic="Average",
            comparison_operator="GreaterThanThreshold",
            threshold=80,
            period=300,
            evaluation_periods=2,
            alarm_actions=[topic.arn],
            opts=opts,
        )
        cloudwatch.CompositeAlarm(
            "any",
            alarm_name="sample-any",
            alarm_rule=alarm.name.apply('ALARM("{}")'.format),
            alarm_actions=[topic.arn],
            opts=opts,
        )
        cloudwatch.Dashboard(
            "overview",
            dashboard_name="sample",
            dashboard_body=json.dumps(
                {
                    "widgets": [
                        {
                            "type": "metric",
                            "width": 12,
                            "height": 6,
                            "properties": {
                                "region": "ca-central-1",
                                "metrics": [
                                    ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "sample"]
                                ],
                            },
                        }
                    ]
                }
            ),
            opts=opts,
        )


def sample() -> Graph:
    """The graph of the sample, as the program of a stack would be recorded."""
    context = context_of("dev")
    return record(lambda: Sample("sample", None, context), stack="dev")
