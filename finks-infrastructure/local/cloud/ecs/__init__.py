"""ECS tasks, run as processes of this machine."""

from local.cloud.ecs.service import EcsService

__all__ = ["EcsService"]
