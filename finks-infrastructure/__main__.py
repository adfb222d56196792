"""The Pulumi program: reads the stack's configuration, builds the platform, exports its outputs."""

from __future__ import annotations

import pulumi

from components.platform import build
from config.stack_config import load

for name, value in build(load()).items():
    pulumi.export(name, value)
