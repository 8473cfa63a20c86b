"""EXPLAIN output that shows where a statement loses its time."""

from advisor.model import Plan

LOOKS_AT = (Plan,)
