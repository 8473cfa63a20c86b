"""Connections to the database: how they are made, verified and limited."""

from advisor.model import CodeFile

LOOKS_AT = (CodeFile,)
