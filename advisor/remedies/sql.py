"""Writing PostgreSQL: identifiers quoted as the server would quote them, statements that make and drop indexes."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from advisor.model import Index, IndexKey, Name

QUOTED_KEYWORDS = frozenset(
    """all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char
    character check coalesce collate collation column concurrently constraint create cross current_catalog current_date current_role
    current_schema current_time current_timestamp current_user dec decimal default deferrable desc distinct do else end except
    exists
    extract false fetch float for foreign freeze from full grant greatest group grouping having ilike in initially inner inout int
    integer intersect interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query
    json_scalar json_serialize json_table json_value lateral leading least left like limit localtime localtimestamp merge_action
    national natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay placing
    position precision primary real references returning right row select session_user setof similar smallint some substring
    symmetric system_user table tablesample then time timestamp to trailing treat trim true union unique user using values varchar
    variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi
    xmlroot xmlserialize xmltable""".split()
)
"""Key words of PostgreSQL 18 that `quote_ident` quotes: all but the unreserved ones (`pg_get_keywords()`)."""

MAX_IDENTIFIER_BYTES = 63

LOCALE = re.compile(r"[a-z]{2,3}_[A-Z]{2}(@\w+)?\.[\w-]+")
"""Names of collations that the operating system brings: `en_US.utf8`."""

SQL_WORD = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[^\W\d][\w$]*|.""", re.DOTALL)
"""A string, an identifier, or any single character."""


def quote(identifier: str) -> str:
    """An identifier as SQL needs it: bare where it folds to itself and is no key word that would be misread."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", identifier) and identifier not in QUOTED_KEYWORDS:
        return identifier
    return '"' + identifier.replace('"', '""') + '"'


def quote_name(name: Name) -> str:
    return quote(name.name) if name.schema == "public" else f"{quote(name.schema)}.{quote(name.name)}"


def quote_string(value: str) -> str:
    """A string as `standard_conforming_strings` has it."""
    return "'" + value.replace("'", "''") + "'"


def default_index_name(table: Name, columns: Sequence[str]) -> str:
    """A name in the style of PostgreSQL and Prisma (`posts_author_id_idx`), shortened before its ending to fit 63 bytes."""
    return with_suffix("_".join([table.name, *columns]), "_idx")


def with_suffix(stem: str, suffix: str) -> str:
    """An identifier with an ending that must stay: the server would cut it off a name of more than 63 bytes."""
    return stem.encode()[: MAX_IDENTIFIER_BYTES - len(suffix.encode())].decode(errors="ignore") + suffix


def name_of(index: Index) -> Name:
    """The index's name, or the one that it gets where it was given none."""
    columns = [key.column or "expr" for key in index.keys]
    return Name(index.table.schema, index.name or default_index_name(index.table, columns))


def key_sql(key: IndexKey) -> str:
    text = quote(key.column) if key.column is not None else f"({key.expression})"
    if key.collation:
        text += f" COLLATE {quote_dotted(key.collation)}"
    if key.opclass:
        text += f" {quote_dotted(key.opclass)}"
        if key.opclass_options:
            text += f" ({', '.join(key.opclass_options)})"
    if key.descending:
        text += " DESC"
    if key.nulls_first is not None:
        text += " NULLS FIRST" if key.nulls_first else " NULLS LAST"
    return text


def quote_dotted(name: str) -> str:
    """A name that may carry its schema (`pg_catalog.C`); one that comes with quotes is left alone, a locale's has a dot itself."""
    if LOCALE.fullmatch(name):
        return quote(name)
    return name if '"' in name else ".".join(quote(part) for part in name.split("."))


def index_sql(index: Index, *, concurrently: bool = False, only: bool = False) -> str:
    """The CREATE INDEX statement of an index. `only`: on a partitioned table itself, without its partitions."""
    words = ["CREATE UNIQUE INDEX" if index.unique else "CREATE INDEX"]
    if concurrently:
        words.append("CONCURRENTLY")
    words += [quote(name_of(index).name), "ON ONLY" if only else "ON", quote_name(index.table)]
    if index.method != "btree":
        words += ["USING", index.method]
    words.append(f"({', '.join(key_sql(key) for key in index.keys)})")
    if index.include:
        words.append(f"INCLUDE ({', '.join(quote(column) for column in index.include)})")
    if index.nulls_not_distinct:
        words.append("NULLS NOT DISTINCT")
    if index.storage:
        words.append(f"WITH ({', '.join(index.storage)})")
    if index.predicate is not None:
        words.append(f"WHERE {index.predicate}")
    return " ".join(words) + ";"


def drop_index_sql(index: Index, *, concurrently: bool = False) -> str:
    """The statement that removes an index; one that belongs to a constraint goes with the constraint."""
    name = name_of(index)
    if index.constraint is not None:
        return f"ALTER TABLE {quote_name(index.table)} DROP CONSTRAINT {quote(name.name)};"
    return f"DROP INDEX {'CONCURRENTLY ' if concurrently else ''}{quote_name(name)};"


def restore_index_sql(index: Index, *, concurrently: bool = False) -> str:
    """The way back from `drop_index_sql`."""
    if index.constraint not in ("primary key", "unique"):
        return index_sql(index, concurrently=concurrently)
    words = [f"ALTER TABLE {quote_name(index.table)} ADD CONSTRAINT {quote(name_of(index).name)}", index.constraint.upper()]
    if index.nulls_not_distinct:
        words.append("NULLS NOT DISTINCT")
    words.append(f"({', '.join(key_sql(key) for key in index.keys)})")
    if index.include:
        words.append(f"INCLUDE ({', '.join(quote(column) for column in index.include)})")
    if index.storage:
        words.append(f"WITH ({', '.join(index.storage)})")
    if index.deferrable:
        words.append("DEFERRABLE INITIALLY DEFERRED" if index.initially_deferred else "DEFERRABLE")
    return " ".join(words) + ";"


def coalesced(expression: str, columns: Collection[str]) -> str:
    """A text expression in which NULL counts as '' for these columns: `a || b` becomes `coalesce(a, '') || b`.

    Strings are left alone, and so is a word that is qualified, called or cast to.
    """
    words = SQL_WORD.findall(expression)
    return "".join(
        f"coalesce({word}, '')" if unquoted(word) in columns and stands_alone(words, number) else word
        for number, word in enumerate(words)
    )


def unquoted(word: str) -> str | None:
    """The identifier that a word of SQL is, folded as the server folds it; None for a string or a sign."""
    if word.startswith('"'):
        return word[1:-1].replace('""', '"')
    return word.lower() if re.match(r"[^\W\d]", word) else None


def stands_alone(words: Sequence[str], number: int) -> bool:
    before = next((word for word in reversed(words[:number]) if not word.isspace()), "")
    after = next((word for word in words[number + 1 :] if not word.isspace()), "")
    return before not in (".", ":") and after not in (".", "(")
