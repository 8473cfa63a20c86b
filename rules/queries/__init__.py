"""Queries whose answer is slow or not what was meant."""

from advisor.model import Query

LOOKS_AT = (Query,)
