"""Who may see and change what: row level security, functions that run as their owner, privileges, secrets."""

from advisor.model import Schema

LOOKS_AT = (Schema,)
