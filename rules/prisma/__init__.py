"""What Prisma schemas say that Prisma no longer takes, or takes otherwise."""

from advisor.model import PrismaSchema

LOOKS_AT = (PrismaSchema,)
