"""An EXPLAIN plan and what can be asked of it: the tree itself, times, conditions, access to tables, titles."""

from advisor.model.plan.comparing import NodePair, PlanChange
from advisor.model.plan.tree import Plan, PlanNode

__all__ = ["NodePair", "Plan", "PlanChange", "PlanNode"]
