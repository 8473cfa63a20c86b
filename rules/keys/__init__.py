"""Keys that tables lack, or that do not fit them."""

from advisor.model import Table

LOOKS_AT = (Table,)
