"""EXPLAIN output that shows where a statement loses its time."""

from advisor.model import Plan, PlanChange

LOOKS_AT = (Plan, PlanChange)
