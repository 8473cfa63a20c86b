"""Changes that block or break a database while it is in use."""

from advisor.model import Migration

LOOKS_AT = (Migration,)
