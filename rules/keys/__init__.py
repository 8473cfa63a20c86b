"""Keys that tables lack, or that do not fit them."""

from advisor.model import Database

LOOKS_AT = (Database,)
