"""TypeScript and JavaScript in, facts about data access out: Prisma queries, SQL texts, clients, Redis and shell commands."""

from advisor.sources.typescript.mentions import mentions_data_access
from advisor.sources.typescript.read import CodeReading, read_code, syntax_problem

__all__ = ["CodeReading", "mentions_data_access", "read_code", "syntax_problem"]
