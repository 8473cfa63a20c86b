"""Redis commands that leave keys behind or block the server."""

from advisor.model import CodeFile

LOOKS_AT = (CodeFile,)
