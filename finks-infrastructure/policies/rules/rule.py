"""How a rule is written: a function over one resource that yields what is wrong with it.

`resource_rule` makes a policy of one that looks at a resource alone: the engine asks it before the
resource is made, with its inputs. `stack_rule` makes one that looks at the resource among all
others: the engine asks it once, with everybody's outputs. During a preview some values are unknown;
reading one raises the SDK's UnknownValueError, which the engine reports as "can't run".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

ENVIRONMENTS = ("local", "dev", "staging", "prod")
_CONFIG = PolicyConfigSchema(
    properties={
        "environment": {
            "type": "string",
            "enum": list(ENVIRONMENTS),
            "description": "Environment of resources that have no tag Environment",
        }
    }
)


class UnreadableError(Exception):
    """A property that a rule has to read is not in the form that AWS asks for."""


@dataclass(frozen=True)
class Subject:
    """A resource that a rule looks at, its properties in the provider's camelCase keys."""

    type: str
    name: str
    urn: str
    props: Mapping[str, Any]
    config: Mapping[str, Any] = field(default_factory=dict)
    """Configuration of the rule in the policy pack."""
    property_dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """URNs of the resources that a property takes its value from; known to stack rules."""

    def get(self, key: str, default: Any = None) -> Any:
        """A property; raises UnknownValueError while a preview does not know it."""
        return self.props.get(key, default)

    def has(self, key: str) -> bool:
        """Whether a property is set, be its value known or not."""
        return has(self.props, key)

    def knows(self, key: str) -> bool:
        """Whether a property's value is known, set or not."""
        try:
            self.props.get(key)
        except UnknownValueError:
            return False
        return True

    def within(self, key: str) -> Mapping[str, Any]:
        """A property that is an object; empty where it is not set."""
        value = self.props.get(key)
        return value if isinstance(value, Mapping) else {}

    def each(self, key: str) -> Sequence[Any]:
        """A property that is a list; empty where it is not set."""
        return listed(self.props.get(key))

    @property
    def environment(self) -> str:
        """The tag Environment, or the rule's configuration, or prod: what is unknown is guarded."""
        tagged = self.within("tags").get("Environment")
        return str(tagged or self.config.get("environment") or "prod")

    @property
    def is_production(self) -> bool:
        """Whether customers' data may depend on it."""
        return self.environment not in {"local", "dev", "staging"}

    @property
    def is_throwaway(self) -> bool:
        """Whether it belongs to an environment that is made and destroyed at will."""
        return self.environment in {"local", "dev"}


class Stack:
    """All resources of a stack, to look up what belongs to what."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self.subjects = tuple(subjects)

    def of_type(self, *types: str) -> list[Subject]:
        """The resources of these type tokens."""
        return [subject for subject in self.subjects if subject.type in types]

    def referring(self, key: str, target: Subject, *types: str) -> list[Subject]:
        """The resources of these types whose property `key` points at `target`."""
        return [source for source in self.of_type(*types) if refers(source, key, target)]

    def referred(self, source: Subject, key: str, *types: str) -> list[Subject]:
        """The resources of these types that the property `key` of `source` points at."""
        return [target for target in self.of_type(*types) if refers(source, key, target)]


type ResourceCheck = Callable[[Subject], Iterable[str]]
type StackCheck = Callable[[Subject, Stack], Iterable[str]]


def listed(value: Any) -> Sequence[Any]:
    """A list as it is, a single value as a list of one, nothing as an empty one."""
    if value is None:
        return ()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    return (value,)


def has(props: Mapping[str, Any], key: str) -> bool:
    """Whether a property is set: a value that a preview does not know yet is one all the same."""
    try:
        return bool(props.get(key))
    except UnknownValueError:
        return True


_IDENTITIES = ("id", "arn", "name", "bucket", "url", "stageName")


def refers(source: Subject, key: str, target: Subject) -> bool:
    """Whether a property names `target` by id, ARN or name.

    A preview does not know the id of what is yet to be made: then the dependency counts.
    """
    try:
        values = {str(value) for value in _flat(source.props.get(key))}
    except UnknownValueError:
        return target.urn in source.property_dependencies.get(key, ())
    identities = {identity for key in _IDENTITIES if (identity := _known(target, key)) is not None}
    return bool(values & identities)


def mentions(source: Subject, key: str, target: Subject) -> bool:
    """Whether a property is a text, such as JSON, with the ARN of `target` in it."""
    try:
        text = str(source.props.get(key) or "")
    except UnknownValueError:
        return target.urn in source.property_dependencies.get(key, ())
    arn, name = _known(target, "arn"), _known(target, "name")
    return bool((arn and arn in text) or (name and f':{name}"' in text))


def _flat(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        for entry in value.values():
            yield from _flat(entry)
    else:
        for entry in listed(value):
            if isinstance(entry, Mapping):
                yield from _flat(entry)
            else:
                yield entry


def _known(subject: Subject, key: str) -> str | None:
    try:
        value = subject.props.get(key)
    except UnknownValueError:
        return None
    return str(value) if value else None


def resource_rule(
    name: str, *types: str, why: str, remedy: str, advisory: str | None = None
) -> Callable[[ResourceCheck], ResourceValidationPolicy]:
    """A rule over single resources of these types; no types: over all.

    `why` says what goes wrong without it, `remedy` ends every message. A rule is mandatory unless
    `advisory` gives the reason why it is not.
    """

    def decorate(check: ResourceCheck) -> ResourceValidationPolicy:
        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            if types and args.resource_type not in types:
                return
            subject = Subject(
                args.resource_type, args.name, args.urn, args.props, args.get_config()
            )
            for fault in _faults(lambda: check(subject)):
                report(f"{args.name}: {fault}; {remedy}", None)

        level, description = _level(why, advisory)
        return ResourceValidationPolicy(
            name=name,
            description=description,
            validate=validate,
            enforcement_level=level,
            config_schema=_CONFIG,
            remediation_steps=remedy,
        )

    return decorate


def stack_rule(
    name: str, *types: str, why: str, remedy: str, advisory: str | None = None
) -> Callable[[StackCheck], StackValidationPolicy]:
    """A rule over resources of these types among all others; else as `resource_rule`."""

    def decorate(check: StackCheck) -> StackValidationPolicy:
        def validate(args: StackValidationArgs, report: ReportViolation) -> None:
            stack = Stack(_subject(resource, args.get_config()) for resource in args.resources)
            unknown: UnknownValueError | None = None
            for subject in stack.of_type(*types):
                try:
                    faults = _faults(lambda: check(subject, stack))  # noqa: B023 (called at once)
                except UnknownValueError as error:
                    unknown = error  # the others are judged all the same
                    continue
                for fault in faults:
                    report(f"{subject.name}: {fault}; {remedy}", subject.urn)
            if unknown is not None:
                raise unknown

        level, description = _level(why, advisory)
        return StackValidationPolicy(
            name=name,
            description=description,
            validate=validate,
            enforcement_level=level,
            config_schema=_CONFIG,
            remediation_steps=remedy,
        )

    return decorate


def _faults(check: Callable[[], Iterable[str]]) -> list[str]:
    try:
        return list(check())
    except UnreadableError as error:
        return [str(error)]  # what cannot be read is not waved through


def _subject(resource: PolicyResource, config: Mapping[str, Any]) -> Subject:
    return Subject(
        resource.resource_type,
        resource.name,
        resource.urn,
        resource.props,
        config,
        {
            key: [dependency.urn for dependency in dependencies]
            for key, dependencies in resource.property_dependencies.items()
        },
    )


def _level(why: str, advisory: str | None) -> tuple[EnforcementLevel, str]:
    if advisory is None:
        return EnforcementLevel.MANDATORY, why
    return EnforcementLevel.ADVISORY, f"{why} Advisory: {advisory}."
