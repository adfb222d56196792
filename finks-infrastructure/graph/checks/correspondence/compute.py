"""Containers, functions, queues and what starts them."""

from __future__ import annotations

from graph.checks.correspondence.entry import Correspondence

COMPUTE: dict[str, Correspondence] = {
    "aws:apigateway/account:Account": Correspondence("AWS::ApiGateway::Account"),
    "aws:apigateway/apiKey:ApiKey": Correspondence("AWS::ApiGateway::ApiKey"),
    "aws:apigateway/authorizer:Authorizer": Correspondence(
        "AWS::ApiGateway::Authorizer", {"restApi": "RestApiId"}
    ),
    "aws:apigateway/deployment:Deployment": Correspondence(
        "AWS::ApiGateway::Deployment", {"restApi": "RestApiId", "triggers": None}
    ),
    "aws:apigateway/integration:Integration": Correspondence(
        "AWS::ApiGateway::Method",
        {
            "restApi": "/RestApiId",
            "resourceId": "/ResourceId",
            "httpMethod": "/HttpMethod",
            "timeoutMilliseconds": "TimeoutInMillis",
        },
        at="Integration",
    ),
    "aws:apigateway/method:Method": Correspondence(
        "AWS::ApiGateway::Method",
        {"restApi": "RestApiId", "authorization": "AuthorizationType"},
        extensions=("aws_apigateway_method/method_authorizer_type",),
    ),
    "aws:apigateway/methodSettings:MethodSettings": Correspondence(
        "AWS::ApiGateway::Stage",
        {
            "restApi": "RestApiId",
            "methodPath": "MethodSettings.ResourcePath",
            "settings": "MethodSettings",
            "settings.throttlingBurstLimit": "ThrottlingBurstLimit",
        },
    ),
    "aws:apigateway/requestValidator:RequestValidator": Correspondence(
        "AWS::ApiGateway::RequestValidator", {"restApi": "RestApiId"}
    ),
    "aws:apigateway/resource:Resource": Correspondence(
        "AWS::ApiGateway::Resource", {"restApi": "RestApiId"}
    ),
    "aws:apigateway/response:Response": Correspondence("AWS::ApiGateway::GatewayResponse"),
    "aws:apigateway/restApi:RestApi": Correspondence("AWS::ApiGateway::RestApi"),
    "aws:apigateway/stage:Stage": Correspondence(
        "AWS::ApiGateway::Stage",
        {
            "restApi": "RestApiId",
            "deployment": "DeploymentId",
            "accessLogSettings": "AccessLogSetting",
            "xrayTracingEnabled": "TracingEnabled",
        },
    ),
    "aws:apigateway/usagePlan:UsagePlan": Correspondence(
        "AWS::ApiGateway::UsagePlan",
        {
            "name": "UsagePlanName",
            "quotaSettings": "Quota",
            "throttleSettings": "Throttle",
            "apiStages.stage": "Stage",
        },
    ),
    "aws:apigateway/usagePlanKey:UsagePlanKey": Correspondence("AWS::ApiGateway::UsagePlanKey"),
    "aws:appautoscaling/policy:Policy": Correspondence(
        "AWS::ApplicationAutoScaling::ScalingPolicy", {"name": "PolicyName"}
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": Correspondence(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {
            "serviceNamespace": "/ServiceNamespace",
            "resourceId": "/ResourceId",
            "scalableDimension": "/ScalableDimension",
            "name": "ScheduledActionName",
        },
        at="ScheduledActions",
    ),
    "aws:appautoscaling/target:Target": Correspondence(
        "AWS::ApplicationAutoScaling::ScalableTarget"
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Correspondence(
        "AWS::ECR::Repository",
        {"repository": "RepositoryName", "policy": "LifecyclePolicy.LifecyclePolicyText"},
    ),
    "aws:ecr/repository:Repository": Correspondence(
        "AWS::ECR::Repository", {"forceDelete": None, "name": "RepositoryName"}
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Correspondence(
        "AWS::ECR::Repository", {"repository": "RepositoryName", "policy": None}
    ),
    "aws:ecs/cluster:Cluster": Correspondence(
        "AWS::ECS::Cluster", {"name": "ClusterName", "settings": "ClusterSettings"}
    ),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": Correspondence(
        "AWS::ECS::ClusterCapacityProviderAssociations", {"clusterName": "Cluster"}
    ),
    "aws:ecs/service:Service": Correspondence(
        "AWS::ECS::Service",
        {
            "name": "ServiceName",
            "networkConfiguration": "NetworkConfiguration.AwsvpcConfiguration",
            "deploymentCircuitBreaker": "DeploymentConfiguration.DeploymentCircuitBreaker",
            "deploymentMaximumPercent": "DeploymentConfiguration.MaximumPercent",
            "deploymentMinimumHealthyPercent": "DeploymentConfiguration.MinimumHealthyPercent",
            "enableEcsManagedTags": "EnableECSManagedTags",
            "waitForSteadyState": None,
            "loadBalancers.elbName": "LoadBalancerName",
        },
        extensions=("aws_ecs_service/fargate",),
    ),
    "aws:ecs/taskDefinition:TaskDefinition": Correspondence(
        "AWS::ECS::TaskDefinition",
        {
            "containerDefinitions": None,
            "volumes.hostPath": "Host.SourcePath",
            "skipDestroy": None,
            "trackLatest": None,
        },
        extensions=(
            "aws_ecs_taskdefinition/fargate_cpu_memory",
            "aws_ecs_taskdefinition/fargate_properties",
        ),
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Correspondence(
        "AWS::Lambda::EventSourceMapping"
    ),
    "aws:lambda/function:Function": Correspondence(
        "AWS::Lambda::Function",
        {
            "name": "FunctionName",
            "code": None,
            "timeout": "Timeout",
            "s3Bucket": "Code.S3Bucket",
            "s3Key": "Code.S3Key",
            "imageUri": "Code.ImageUri",
            "reservedConcurrentExecutions": "ReservedConcurrentExecutions",
            "sourceCodeHash": None,
            "publish": None,
            "loggingConfig.logFormat": "LogFormat",
        },
    ),
    "aws:lambda/layerVersion:LayerVersion": Correspondence("AWS::Lambda::LayerVersion"),
    "aws:lambda/permission:Permission": Correspondence(
        "AWS::Lambda::Permission", {"function": "FunctionName", "statementId": None}
    ),
    "aws:scheduler/schedule:Schedule": Correspondence(
        "AWS::Scheduler::Schedule",
        {
            "target.ecsParameters.networkConfiguration": (
                "NetworkConfiguration.AwsvpcConfiguration"
            ),
        },
    ),
    "aws:scheduler/scheduleGroup:ScheduleGroup": Correspondence("AWS::Scheduler::ScheduleGroup"),
    "aws:sfn/stateMachine:StateMachine": Correspondence(
        "AWS::StepFunctions::StateMachine",
        {
            "name": "StateMachineName",
            "type": "StateMachineType",
            "definition": "DefinitionString",
            "loggingConfiguration.logDestination": (
                "Destinations.CloudWatchLogsLogGroup.LogGroupArn"
            ),
        },
    ),
    "aws:sqs/queue:Queue": Correspondence(
        "AWS::SQS::Queue",
        {
            "name": "QueueName",
            "policy": None,
            "messageRetentionSeconds": "MessageRetentionPeriod",
            "visibilityTimeoutSeconds": "VisibilityTimeout",
            "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
            "maxMessageSize": "MaximumMessageSize",
            "redrivePolicy": None,
            "redriveAllowPolicy": None,
        },
        extensions=("aws_sqs_queue/properties",),
    ),
    "aws:sqs/queuePolicy:QueuePolicy": Correspondence(
        "AWS::SQS::QueuePolicy", {"queueUrl": "Queues", "policy": None}
    ),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": Correspondence(
        "AWS::SQS::Queue", {"queueUrl": None, "redriveAllowPolicy": None}
    ),
}
