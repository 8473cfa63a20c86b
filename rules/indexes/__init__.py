"""Indexes that are missing, needless, or of the wrong kind."""

from advisor.model import ForeignKey, Table

LOOKS_AT = (Table, ForeignKey)
