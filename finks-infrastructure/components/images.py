"""Container images: one ECR repository a project, and what is built into it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_docker_build as docker
from pulumi_aws import ecr

from blueprint.names import IMAGE_PROJECTS
from blueprint.task_definition import LOCAL_IMAGES
from components.base import BaseComponent
from components.image_digest import image_tag
from config import sections

REPOSITORY = Path(__file__).resolve().parents[2]
KEPT_IMAGES = 20
"""How many versions one can go back to."""
UNTAGGED_DAYS = 7


@dataclass(frozen=True)
class ImagesArgs:
    """Configuration and the KMS key of the repositories."""

    config: sections.Compute
    key_arn: pulumi.Input[str]


class Images(BaseComponent[ImagesArgs]):
    """Repositories and images; `references` is what a task definition names, by project.

    A tag is never pushed twice: it is the digest of the project's files, or the configured one.
    """

    area = "compute"

    def create(self) -> None:
        """For each project its repository, and its image where `pulumi up` builds them."""
        self.repository_urls: dict[str, pulumi.Output[str]] = {}
        self.references: dict[str, pulumi.Output[str]] = {}
        registry = self._registry() if self.args.config.build_images else None
        for project in IMAGE_PROJECTS:
            repository = self._repository(project)
            self.repository_urls[project] = repository.repository_url
            self.references[project] = self._reference(project, repository, registry)

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """Where images are pushed to, and which ones run."""
        return {"imageRepositories": self.repository_urls, "images": self.references}

    def _reference(
        self, project: str, repository: ecr.Repository, registry: docker.RegistryArgs | None
    ) -> pulumi.Output[str]:
        if self.settings.environment == "local":
            return pulumi.Output.from_input(LOCAL_IMAGES[project])
        tag = self.args.config.image_tag or image_tag(REPOSITORY / project)
        tagged = pulumi.Output.concat(repository.repository_url, ":", tag)
        if registry is None:
            return tagged
        folder = f"../{project}"
        image = docker.Image(
            f"{self.name}-{project}",
            context=docker.BuildContextArgs(location=folder),
            dockerfile=docker.DockerfileArgs(location=f"{folder}/Dockerfile"),
            platforms=[docker.Platform.LINUX_AMD64],
            tags=[tagged],
            push=True,
            registries=[registry],
            # The build needs a network and minutes; a preview should need neither.
            build_on_preview=False,
            opts=self.child(),
        )
        # With the digest: what runs is what was built, whatever happens to the tag.
        return image.ref

    def _repository(self, project: str) -> ecr.Repository:
        repository = ecr.Repository(
            f"{self.name}-{project}-repository",
            name=self.names.repository(project),
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=ecr.RepositoryImageScanningConfigurationArgs(
                scan_on_push=True
            ),
            encryption_configurations=[
                ecr.RepositoryEncryptionConfigurationArgs(
                    encryption_type="KMS", kms_key=self.args.key_arn
                )
            ],
            force_delete=self.settings.storage.force_destroy,
            opts=self.child(),
        )
        ecr.LifecyclePolicy(
            f"{self.name}-{project}-lifecycle",
            repository=repository.name,
            policy=json.dumps(lifecycle_policy()),
            opts=self.child(),
        )
        return repository

    def _registry(self) -> docker.RegistryArgs:
        token = ecr.get_authorization_token_output(
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        return docker.RegistryArgs(
            address=token.proxy_endpoint,
            username=token.user_name,
            password=pulumi.Output.secret(token.password),
        )


def lifecycle_policy() -> dict[str, Any]:
    """Untagged images go after a week, tagged ones when newer ones have taken their place."""
    return {
        "rules": [
            {
                "rulePriority": 1,
                "description": f"Untagged images for {UNTAGGED_DAYS} days",
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": UNTAGGED_DAYS,
                },
                "action": {"type": "expire"},
            },
            {
                "rulePriority": 2,
                "description": f"The newest {KEPT_IMAGES} images",
                "selection": {
                    "tagStatus": "any",
                    "countType": "imageCountMoreThan",
                    "countNumber": KEPT_IMAGES,
                },
                "action": {"type": "expire"},
            },
        ]
    }
