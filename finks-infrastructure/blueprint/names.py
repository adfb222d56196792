"""Names of every resource, by environment."""

from __future__ import annotations

from dataclasses import dataclass

PROJECT = "finks"
REGION = "ca-central-1"
ENVIRONMENTS = ("local", "dev", "staging", "prod")
ZONES = ("bronze", "silver", "gold", "logs", "artifacts")

ROLES = (
    "ecs-execution",
    "fmp-ingestion",
    "dbt",
    "prefect-server",
    "prefect-worker",
    "flow-run",
    "glue",
    "crawler",
    "api",
    "flow-logs",
    "scheduler",
    "events",
    "redeploy",
    "config-recorder",
    "api-logs",
    "lake-formation",
    "deploy",
)
"""Workloads with an IAM role of their own. ecs-execution is ECS itself: it pulls images, writes
logs and injects secrets; deploy is GitHub Actions."""
CONNECTORS = ("fmp",)
"""Connectors of finks-ingestion that run on AWS, the one of the flows first. A connector's name is
the command of its task, and the folder of bronze that it writes."""
IMAGE_PROJECTS = ("finks-ingestion", "finks-pipelines", "finks-dbt")
"""Projects with an image; that of finks-pipelines is also Prefect's server and worker."""


@dataclass(frozen=True)
class Names:
    """Resource names of one environment.

    `suffix` makes bucket names unique in the world; it is empty on a laptop.
    """

    environment: str
    suffix: str = ""

    def __post_init__(self) -> None:
        if self.environment not in ENVIRONMENTS:
            allowed = ", ".join(ENVIRONMENTS)
            raise ValueError(f"environment is {self.environment!r}; it has to be one of {allowed}")

    @property
    def prefix(self) -> str:
        """Start of every name: also the ECS cluster and the Athena workgroup of people."""
        return f"{PROJECT}-{self.environment}"

    def bucket(self, zone: str) -> str:
        """The bucket of a zone of the lake."""
        if zone not in ZONES:
            raise ValueError(f"zone is {zone!r}; it has to be one of {', '.join(ZONES)}")
        return "-".join(part for part in (self.prefix, zone, self.suffix) if part)

    @property
    def buckets(self) -> dict[str, str]:
        """Bucket names by zone."""
        return {zone: self.bucket(zone) for zone in ZONES}

    def database(self, layer: str) -> str:
        """The Glue database of a layer: one of blueprint.tables.DATABASE_LAYERS."""
        return f"{PROJECT}_{self.environment}_{layer}"

    @property
    def dbt_schema(self) -> str:
        """The schema of dbt's profile; dbt appends `_stg`, `_audit` and `_gold` to it."""
        return f"{PROJECT}_{self.environment}"

    @property
    def cluster(self) -> str:
        """The ECS cluster."""
        return self.prefix

    @property
    def ingestion_task(self) -> str:
        """Family of the ingestion task definition."""
        return f"{self.prefix}-fmp-ingestion"

    @property
    def dbt_task(self) -> str:
        """Family of the dbt task definition."""
        return f"{self.prefix}-dbt"

    @property
    def glue_job(self) -> str:
        """The Glue job from bronze to silver."""
        return f"{self.prefix}-bronze-to-silver"

    @property
    def workgroup(self) -> str:
        """Athena workgroup of people and of the API: its settings are enforced."""
        return self.prefix

    @property
    def dbt_workgroup(self) -> str:
        """Athena workgroup of dbt: not enforced, or dbt-athena drops external_location."""
        return f"{self.prefix}-dbt"

    @property
    def fmp_secret(self) -> str:
        """Secret with FMP's API key."""
        return f"{PROJECT}/{self.environment}/fmp-api-key"

    @property
    def prefect_database_secret(self) -> str:
        """Secret with the credentials of Prefect's database."""
        return f"{PROJECT}/{self.environment}/prefect-db"

    @property
    def prefect_auth_secret(self) -> str:
        """Secret with Prefect's basic-auth string, user:password."""
        return f"{PROJECT}/{self.environment}/prefect-auth"

    @property
    def prefect_server(self) -> str:
        """ECS service and task definition family of the Prefect server."""
        return f"{self.prefix}-prefect-server"

    @property
    def prefect_worker(self) -> str:
        """ECS service and task definition family of the Prefect worker."""
        return f"{self.prefix}-prefect-worker"

    @property
    def prefect_services(self) -> str:
        """ECS service and family of Prefect's background loops where the API is scaled."""
        return f"{self.prefix}-prefect-services"

    @property
    def flow_run_task(self) -> str:
        """Family of the task definition that the worker starts for each flow run."""
        return f"{self.prefix}-flow-run"

    @property
    def work_pool(self) -> str:
        """Prefect's work pool of type ecs."""
        return self.prefix

    @property
    def observer_queue(self) -> str:
        """SQS queue with the state changes of ECS tasks, read by the Prefect worker."""
        return f"{self.prefix}-ecs-events"

    @property
    def observer_dead_letters(self) -> str:
        """SQS queue with the state changes that the worker could not handle."""
        return f"{self.prefix}-ecs-events-dead"

    @property
    def redeploy(self) -> str:
        """State machine that restarts Prefect's server, and the rules that start it."""
        return f"{self.prefix}-redeploy-prefect"

    @property
    def schedule_group(self) -> str:
        """EventBridge Scheduler group of the office hours."""
        return self.prefix

    @property
    def exec_log_group(self) -> str:
        """CloudWatch log group of the ECS Exec sessions."""
        return f"/ecs/{self.prefix}-exec"

    @property
    def database_instance(self) -> str:
        """RDS instance of the Prefect server."""
        return f"{self.prefix}-prefect"

    @property
    def database_monitoring_role(self) -> str:
        """IAM role with which RDS writes the database's operating system metrics."""
        return f"{self.prefix}-rds-monitoring"

    @property
    def cache(self) -> str:
        """Replication group between Prefect servers. AWS allows 40 characters."""
        return f"{self.prefix}-prefect"

    @property
    def key_alias(self) -> str:
        """Alias of the KMS key under which everything is encrypted."""
        return f"alias/{self.prefix}-lake"

    @property
    def discovery_namespace(self) -> str:
        """Private DNS zone of the stack; the Prefect server is `prefect` in it."""
        return f"{self.prefix}.internal"

    @property
    def load_balancer(self) -> str:
        """Load balancer of the Prefect server. AWS allows 32 characters."""
        return f"{self.prefix}-prefect"

    @property
    def target_group(self) -> str:
        """Target group of the Prefect server's tasks. AWS allows 32 characters."""
        return f"{self.prefix}-prefect-api"

    @property
    def flow_log_group(self) -> str:
        """CloudWatch log group of the VPC's flow logs."""
        return f"/vpc/{self.prefix}/flow-logs"

    def security_group(self, part: str) -> str:
        """Security group of a part of the network: a key of blueprint.network.SECURITY_GROUPS."""
        return f"{self.prefix}-{part}"

    @property
    def api_function(self) -> str:
        """Lambda function of the data API."""
        return f"{self.prefix}-api"

    @property
    def api_log_group(self) -> str:
        """CloudWatch log group of the data API's function; Lambda prescribes the name."""
        return f"/aws/lambda/{self.api_function}"

    @property
    def api_access_log_group(self) -> str:
        """CloudWatch log group of the requests to the data API."""
        return f"/aws/apigateway/{self.prefix}-api"

    @property
    def crawler(self) -> str:
        """Glue crawler over bronze."""
        return f"{self.prefix}-bronze"

    @property
    def glue_security(self) -> str:
        """Glue security configuration: what jobs and crawlers encrypt with the lake's key."""
        return f"{self.prefix}-glue"

    @property
    def glue_log_group(self) -> str:
        """Start of the names of the Glue job's log groups, which end in /output and /error."""
        return f"/aws-glue/jobs/{self.prefix}"

    @property
    def failure_log_group(self) -> str:
        """CloudWatch log group of the events of failed tasks and jobs.

        EventBridge writes only to groups below /aws/events/.
        """
        return f"/aws/events/{self.prefix}-failures"

    def topic(self, severity: str) -> str:
        """SNS topic of alarms of a severity: one of blueprint.alarms.SEVERITIES."""
        return f"{self.prefix}-alarms-{severity}"

    def alarm(self, subject: str) -> str:
        """CloudWatch alarm of a subject, such as glue-failures."""
        return f"{self.prefix}-{subject}"

    @property
    def dashboard(self) -> str:
        """CloudWatch dashboard of the platform."""
        return self.prefix

    @property
    def trail(self) -> str:
        """CloudTrail's trail of the account."""
        return f"{self.prefix}-audit"

    def role(self, workload: str) -> str:
        """IAM role of a workload: one of ROLES."""
        if workload not in ROLES:
            raise ValueError(f"workload is {workload!r}; it has to be one of {', '.join(ROLES)}")
        return f"{self.prefix}-{workload}"

    @property
    def boundary(self) -> str:
        """IAM policy that no role of the stack exceeds."""
        return f"{self.prefix}-boundary"

    def state_bucket(self, account_id: str) -> str:
        """S3 bucket of Pulumi's state, made before the stack (operations/state_backend.py)."""
        return f"{self.prefix}-pulumi-state-{account_id}"

    @property
    def state_key_alias(self) -> str:
        """Alias of the KMS key of Pulumi's state and the secrets in it."""
        return f"alias/{self.prefix}-pulumi"

    def repository(self, project: str) -> str:
        """ECR repository of the image of a project, such as finks-dbt."""
        return f"{self.prefix}/{project}"

    def log_group(self, family: str) -> str:
        """CloudWatch log group of the tasks of one family."""
        return f"/ecs/{family}"

    @property
    def athena_results(self) -> str:
        """Where Athena writes query results."""
        return f"s3://{self.bucket('artifacts')}/athena-results/"

    @property
    def glue_script(self) -> str:
        """Where the script of the Glue job lies."""
        return f"s3://{self.bucket('artifacts')}/glue/bronze_to_silver.py"

    def glue_script_key(self, digest: str) -> str:
        """Key in the artifacts bucket of the script with this digest of its content.

        Runs that wait or are repeated keep the script that their job named when they started.
        """
        return f"glue/bronze_to_silver-{digest}.py"
