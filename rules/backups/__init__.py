"""Backups: how dumps are made, and whether they can be restored."""

from advisor.model import CodeFile

LOOKS_AT = (CodeFile,)
