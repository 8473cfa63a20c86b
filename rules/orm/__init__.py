"""ORM and driver calls that ask too much, too often, or unsafely."""

from advisor.model import CodeFile, Query

LOOKS_AT = (Query, CodeFile)
