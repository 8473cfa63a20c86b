"""Changes that block or break a database while it is in use."""

from advisor.model import Database, Migration

LOOKS_AT = (Migration, Database)
