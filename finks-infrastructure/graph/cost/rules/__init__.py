"""How each type of resource is priced."""

from graph.cost.bill import Rule
from graph.cost.rules import compute, data, network, operations

RULES: dict[str, Rule] = {
    **compute.RULES,
    **data.RULES,
    **network.RULES,
    **operations.RULES,
}
