"""Column types that lose, pad, round or outgrow what is put into them."""

from advisor.model import Database

LOOKS_AT = (Database,)
