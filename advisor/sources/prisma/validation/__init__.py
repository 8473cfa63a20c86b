"""What Prisma refuses of a schema that is well written. In: the blocks of all its files. Out: mistakes with their places.

The checks are those of Prisma's own engine, in its two steps: what each block, field and attribute says by itself, and, where
that is all right, what it comes to together. Source: `parser-database` and `psl-core/src/validate` in prisma/prisma-engines.
"""

from advisor.sources.prisma.validation.pipeline import validate
from advisor.sources.prisma.validation.settings import Dialect

__all__ = ["Dialect", "validate"]
