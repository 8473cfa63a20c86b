"""Which ORM's schema a file of code may declare: a look at its text, before anything is parsed."""

from __future__ import annotations

import re

from advisor.model import Orm

TYPEORM = r"@(?:Entity|ChildEntity|ViewEntity)\b|\bnew EntitySchema\b|\bnew DataSource\b"
SEQUELIZE = r"\.define\(|\.init\(|\bextends Model\b|@Table\b|\bnew Sequelize\("

DECLARES: tuple[tuple[Orm, re.Pattern[str]], ...] = (
    ("drizzle", re.compile(r"""["']drizzle-orm/(?:pg|mysql|sqlite|singlestore)-core["']""")),
    ("typeorm", re.compile(rf"""["']typeorm["'](?s:.*)(?:{TYPEORM})|TypeOrmModule(?s:.*)forRoot""")),
    ("sequelize", re.compile(rf"(?i:sequelize)(?s:.*)(?:{SEQUELIZE})")),
)
"""What a file says that declares tables, or the connection that they are in."""
CONFIGURATION = re.compile(r"(^|/)drizzle(\.|-)[\w.-]*config[\w.-]*\.[cm]?[jt]s$|(^|/)drizzle\.config\.[cm]?[jt]s$")


def declares_schema_of(path: str, text: str) -> Orm | None:
    """The ORM whose tables or models a file may declare; None for most files."""
    if CONFIGURATION.search(path):
        return "drizzle"
    return next((orm for orm, pattern in DECLARES if pattern.search(text)), None)
