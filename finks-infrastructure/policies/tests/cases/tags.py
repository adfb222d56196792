"""Examples of rules/tags.py."""

from __future__ import annotations

from exported import STACK_TYPE, Resource
from tests.case import TAGS, Case, aws, but

TOPIC = aws("sns/topic:Topic", "alarms")
STACK = Resource(STACK_TYPE, "finks-prod", f"urn:pulumi:prod::finks::{STACK_TYPE}::finks-prod")
COMPONENT = Resource("finks:storage:Storage", "storage", "urn:x::storage")

CASES = (
    Case(
        "required-tags",
        good=[TOPIC],
        bad=[but(TOPIC, tags={key: "x" for key in TAGS if key != "Owner"})],
        says="Owner missing",
    ),
    Case(
        "required-tags",
        good=[aws("ec2/route:Route", "route", ""), COMPONENT],  # neither takes tags
        bad=[but(TOPIC, tags=None)],
        says="Project, Environment, Component, Owner, CostCentre missing",
    ),
    Case(
        "required-tags",
        good=[TOPIC],
        bad=[but(TOPIC, tags={**TAGS, "CostCentre": " "})],
        says="CostCentre missing",
    ),
    Case(
        "known-environment",
        good=[TOPIC, aws("ec2/route:Route", "route", "")],
        bad=[aws("sns/topic:Topic", "alarms", "production")],
        says="Environment is production",
    ),
    Case(
        "one-environment",
        good=[STACK, TOPIC, aws("ec2/vpc:Vpc", "vpc")],
        bad=[STACK, TOPIC, aws("ec2/vpc:Vpc", "vpc", "dev")],
        says="dev, prod",
    ),
)
