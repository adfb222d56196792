"""Containers and databases of the sample."""

from __future__ import annotations

import json

import pulumi
from pulumi_aws import cloudwatch, ecr, ecs, elasticache, lb, rds

from tests.unit.graph.checks.sample_lake import SampleLake


class SampleTasks(SampleLake):
    """Containers and databases of the sample."""

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
