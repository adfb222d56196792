"""What every component shares: type, tags, parents, and the life of a name after a rename."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pulumi

from blueprint.names import PROJECT, Names
from blueprint.permissions.boundary import UNBOUNDED
from config.settings import StackSettings


@dataclass(frozen=True)
class StackContext:
    """What every component may ask about its stack: settings, names and the account."""

    settings: StackSettings
    names: Names
    account_id: str
    region: str
    boundary_arn: pulumi.Input[str] | None = None
    """The permissions boundary of the stack's roles, where it has one."""

    def arn(self, service: str, resource: str, *, region: bool = True, account: bool = True) -> str:
        """ARN of a resource whose name is known before it is made.

        `region` and `account` say whether the service writes them (S3 writes neither).
        """
        return ":".join(
            (
                "arn:aws",
                service,
                self.region if region else "",
                self.account_id if account else "",
                resource,
            )
        )

    def bucket_arn(self, zone: str) -> str:
        """ARN of the bucket of a zone of the lake."""
        return self.arn("s3", self.names.bucket(zone), region=False, account=False)

    def tags(self, component: str) -> dict[str, str]:
        """The tags that every resource of a component carries."""
        return {
            "Project": PROJECT,
            "Environment": self.settings.environment,
            "Component": component,
            "Owner": self.settings.owner,
            "CostCentre": self.settings.cost_centre,
        }


class BaseComponent[Args](pulumi.ComponentResource, ABC):
    """A component: it makes its resources in `create` and names its results in `outputs`.

    Every resource that takes tags gets those of the component, its own win; every role gets the
    stack's permissions boundary. A component that was renamed keeps its resources: `former_names`
    of the instance, `former_types` of the class.
    """

    area: ClassVar[str]
    """Middle part of the type token `finks:<area>:<Name>`, and the tag Component."""
    former_types: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        name: str,
        args: Args,
        context: StackContext,
        opts: pulumi.ResourceOptions | None = None,
        *,
        former_names: Sequence[str] = (),
    ) -> None:
        aliases: list[pulumi.Alias] = [
            *(pulumi.Alias(name=former) for former in former_names),
            *(pulumi.Alias(type_=former) for former in self.former_types),
        ]
        own = pulumi.ResourceOptions(
            aliases=list(aliases), transformations=[self._tag, self._bound]
        )
        self.context = context
        self.args = args
        super().__init__(
            f"{PROJECT}:{self.area}:{type(self).__name__}",
            name,
            None,
            pulumi.ResourceOptions.merge(opts, own),
        )
        self.name = name
        self.create()
        self.register_outputs(dict(self.outputs()))

    @abstractmethod
    def create(self) -> None:
        """Make the resources, each with `self.child()` as its options."""

    @abstractmethod
    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """What the component tells the stack, by name."""

    @property
    def settings(self) -> StackSettings:
        """The stack's settings."""
        return self.context.settings

    @property
    def names(self) -> Names:
        """The stack's resource names."""
        return self.context.names

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Options of a resource of this component; takes what pulumi.ResourceOptions takes."""
        return pulumi.ResourceOptions(parent=self, **options)

    def _tag(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        # A resource class lists all its inputs, set or not: that is how it says it takes tags.
        # An image's tags are something else, hence AWS alone.
        if not args.type_.startswith("aws:") or "tags" not in args.props:
            return None
        own = args.props["tags"] or {}
        tags = pulumi.Output.from_input(own).apply(
            lambda own: {**self.context.tags(self.area), **own}
        )
        return pulumi.ResourceTransformationResult({**args.props, "tags": tags}, args.opts)

    def _bound(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        boundary = self.context.boundary_arn
        if boundary is None or args.type_ != "aws:iam/role:Role":
            return None
        if args.props["name"] in {self.names.role(workload) for workload in UNBOUNDED}:
            return None
        props = {**args.props, "permissions_boundary": boundary}
        return pulumi.ResourceTransformationResult(props, args.opts)
