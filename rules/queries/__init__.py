"""Queries whose answer is slow or not what was meant."""

from advisor.model import Plan, Query

LOOKS_AT = (Query, Plan)
