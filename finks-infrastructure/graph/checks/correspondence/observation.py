"""Logs, alarms, events and notifications."""

from __future__ import annotations

from graph.checks.correspondence.entry import Correspondence

OBSERVATION: dict[str, Correspondence] = {
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Correspondence(
        "AWS::CloudWatch::CompositeAlarm"
    ),
    "aws:cloudwatch/dashboard:Dashboard": Correspondence("AWS::CloudWatch::Dashboard"),
    "aws:cloudwatch/eventRule:EventRule": Correspondence(
        "AWS::Events::Rule", {"eventPattern": None, "isEnabled": None}
    ),
    "aws:cloudwatch/eventTarget:EventTarget": Correspondence(
        "AWS::Events::Rule",
        {
            "rule": "/Name",
            "eventBusName": "/EventBusName",
            "targetId": "Id",
            "ecsTarget": "EcsParameters",
            "ecsTarget.networkConfiguration": "NetworkConfiguration.AwsVpcConfiguration",
            "sqsTarget": "SqsParameters",
            "inputTransformer.inputPaths": "InputPathsMap",
        },
        at="Targets",
    ),
    "aws:cloudwatch/logGroup:LogGroup": Correspondence(
        "AWS::Logs::LogGroup", {"name": "LogGroupName", "skipDestroy": None}
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Correspondence(
        "AWS::Logs::MetricFilter",
        {
            "name": "FilterName",
            "pattern": "FilterPattern",
            "metricTransformation": "MetricTransformations",
            "metricTransformation.name": "MetricName",
            "metricTransformation.namespace": "MetricNamespace",
            "metricTransformation.value": "MetricValue",
        },
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": Correspondence(
        "AWS::Logs::ResourcePolicy", {"policyDocument": None}
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Correspondence(
        "AWS::CloudWatch::Alarm",
        {
            "name": "AlarmName",
            "metricQueries": "Metrics",
            "metricQueries.metric": "MetricStat",
            "metricQueries.metric.metricName": "Metric.MetricName",
            "metricQueries.metric.namespace": "Metric.Namespace",
            "metricQueries.metric.dimensions": "Metric.Dimensions",
            "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
        },
        extensions=("aws_cloudwatch_alarm/period",),
    ),
    "aws:cloudwatch/queryDefinition:QueryDefinition": Correspondence("AWS::Logs::QueryDefinition"),
    "aws:sns/topic:Topic": Correspondence(
        "AWS::SNS::Topic",
        {"name": "TopicName", "policy": None, "deliveryPolicy": None},
    ),
    "aws:sns/topicPolicy:TopicPolicy": Correspondence(
        "AWS::SNS::TopicPolicy", {"arn": "Topics", "policy": None}
    ),
    "aws:sns/topicSubscription:TopicSubscription": Correspondence(
        "AWS::SNS::Subscription", {"topic": "TopicArn"}
    ),
}
