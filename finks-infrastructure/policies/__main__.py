"""The policy pack as the Pulumi engine starts it: serves all rules until the engine ends it."""

from __future__ import annotations

from pulumi_policy import EnforcementLevel, PolicyPack

from rules import RULES

if __name__ == "__main__":
    PolicyPack(name="finks", policies=list(RULES), enforcement_level=EnforcementLevel.MANDATORY)
