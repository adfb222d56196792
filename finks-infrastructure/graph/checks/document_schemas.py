"""Schemas of JSON documents for which AWS publishes a description but no schema."""

from __future__ import annotations

from typing import Any

EVENT_PATTERN: dict[str, Any] = {
    # Amazon EventBridge User Guide, "Creating event patterns": values are arrays.
    "type": "object",
    "minProperties": 1,
    "propertyNames": {
        "enum": [
            *("source", "detail-type", "detail", "account", "region", "resources", "id"),
            *("time", "version", "$or"),
        ]
    },
    "properties": {
        "source": {"type": "array", "minItems": 1},
        "detail-type": {"type": "array", "minItems": 1},
        "account": {"type": "array", "minItems": 1},
        "region": {"type": "array", "minItems": 1},
        "resources": {"type": "array", "minItems": 1},
        "detail": {"$ref": "#/definitions/fields"},
    },
    "definitions": {
        "fields": {
            "type": "object",
            "additionalProperties": {
                "anyOf": [{"$ref": "#/definitions/fields"}, {"type": "array", "minItems": 1}]
            },
        }
    },
}

DASHBOARD: dict[str, Any] = {
    # Amazon CloudWatch API Reference, "Dashboard body structure and syntax".
    "type": "object",
    "required": ["widgets"],
    "properties": {
        "widgets": {
            "type": "array",
            "maxItems": 500,
            "items": {
                "type": "object",
                "required": ["type", "properties"],
                "properties": {
                    "type": {"enum": ["metric", "text", "log", "alarm", "explorer"]},
                    "x": {"type": "integer", "minimum": 0, "maximum": 23},
                    "y": {"type": "integer", "minimum": 0},
                    "width": {"type": "integer", "minimum": 1, "maximum": 24},
                    "height": {"type": "integer", "minimum": 1, "maximum": 1000},
                    "properties": {"type": "object"},
                },
                "allOf": [
                    {
                        "if": {"properties": {"type": {"const": "metric"}}, "required": ["type"]},
                        "then": {
                            "properties": {
                                "properties": {
                                    "required": ["region"],
                                    "requiredOr": ["metrics", "annotations"],
                                    "properties": {
                                        "metrics": {"type": "array", "maxItems": 500},
                                        "view": {
                                            "enum": [
                                                *("timeSeries", "singleValue", "gauge"),
                                                *("bar", "pie", "table"),
                                            ]
                                        },
                                        "period": {"type": "integer", "minimum": 1},
                                    },
                                }
                            }
                        },
                    },
                    {
                        "if": {"properties": {"type": {"const": "log"}}, "required": ["type"]},
                        "then": {"properties": {"properties": {"required": ["query", "region"]}}},
                    },
                    {
                        "if": {"properties": {"type": {"const": "text"}}, "required": ["type"]},
                        "then": {"properties": {"properties": {"required": ["markdown"]}}},
                    },
                    {
                        "if": {"properties": {"type": {"const": "alarm"}}, "required": ["type"]},
                        "then": {"properties": {"properties": {"required": ["alarms"]}}},
                    },
                ],
            },
        },
        "periodOverride": {"enum": ["auto", "inherit"]},
    },
}

ECR_LIFECYCLE: dict[str, Any] = {
    # Amazon ECR User Guide, "Lifecycle policy properties".
    "type": "object",
    "additionalProperties": False,
    "required": ["rules"],
    "properties": {
        "rules": {
            "type": "array",
            "minItems": 1,
            "uniqueKeys": ["rulePriority"],
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["rulePriority", "selection", "action"],
                "properties": {
                    "rulePriority": {"type": "integer", "minimum": 1},
                    "description": {"type": "string"},
                    "selection": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["tagStatus", "countType", "countNumber"],
                        "properties": {
                            "tagStatus": {"enum": ["tagged", "untagged", "any"]},
                            "tagPrefixList": {"type": "array", "minItems": 1},
                            "tagPatternList": {"type": "array", "minItems": 1, "maxItems": 4},
                            "countType": {
                                "enum": [
                                    *("imageCountMoreThan", "sinceImagePushed"),
                                    *("sinceImagePulled", "sinceImageTransitioned"),
                                ]
                            },
                            "countUnit": {"enum": ["days"]},
                            "countNumber": {"type": "integer", "minimum": 1},
                            "storageClass": {"enum": ["standard", "archive"]},
                        },
                        "if": {
                            "properties": {"tagStatus": {"const": "tagged"}},
                            "required": ["tagStatus"],
                        },
                        "then": {"requiredOr": ["tagPrefixList", "tagPatternList"]},
                    },
                    "action": {
                        "type": "object",
                        "required": ["type"],
                        "properties": {"type": {"enum": ["expire", "transition"]}},
                    },
                },
            },
        }
    },
}

REDRIVE: dict[str, Any] = {
    # Amazon SQS API Reference, SetQueueAttributes, RedrivePolicy.
    "type": "object",
    "additionalProperties": False,
    "required": ["deadLetterTargetArn", "maxReceiveCount"],
    "properties": {
        "deadLetterTargetArn": {"format": "AWS::SQS::Queue.Arn"},
        "maxReceiveCount": {"type": "integer", "minimum": 1, "maximum": 1000},
    },
}

REDRIVE_ALLOW: dict[str, Any] = {
    # Amazon SQS API Reference, SetQueueAttributes, RedriveAllowPolicy.
    "type": "object",
    "additionalProperties": False,
    "required": ["redrivePermission"],
    "properties": {
        "redrivePermission": {"enum": ["allowAll", "denyAll", "byQueue"]},
        "sourceQueueArns": {
            "type": "array",
            "maxItems": 10,
            "items": {"format": "AWS::SQS::Queue.Arn"},
        },
    },
}
