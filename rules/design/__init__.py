"""How tables are cut and what things are called."""

from advisor.model import Database

LOOKS_AT = (Database,)
