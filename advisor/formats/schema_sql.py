"""A schema as DDL. In: a Schema. Out: SQL that builds it again in an empty PostgreSQL 18.

Types, tables with their indexes, functions and views come in the order of the source, except that what another needs stands before
it; then what may go in circles or must see everything: foreign keys, rules, triggers, policies, comments, privileges.

Roles are named as they are: they must exist. Tablespaces are left out with a comment. A column that a child has from its parent is
written with the child too, which makes it the child's own. What the model does not hold is named in a comment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from advisor.formats.ddl.constraints import foreign_keys_sql
from advisor.formats.ddl.families import families_of, not_valid_sql
from advisor.formats.ddl.making import definition_statement, ordered_pieces, schema_names
from advisor.formats.ddl.needs import ROUTINE_KINDS, relation_key, type_names
from advisor.formats.ddl.pieces import Piece, Statement
from advisor.formats.ddl.policies import row_security_sql
from advisor.formats.ddl.privileges import default_privileges_sql, privileges_sql, roles_named
from advisor.formats.ddl.sections import HEADINGS, LATE_KINDS
from advisor.formats.ddl.serial import sequences_of
from advisor.formats.ddl.tables import VIEWS as VIEW_KINDS
from advisor.formats.ddl.tables import is_known
from advisor.formats.ddl.triggers import triggers_sql
from advisor.formats.ddl.words import literal
from advisor.formats.excerpt import one_line
from advisor.model import Name, Schema, Table
from advisor.remedies.sql import quote, quote_name
from advisor.sources.sql.text.quoting import name_spelled

DEFAULT_PATH = ("public",)


def schema_sql(schema: Schema) -> str:
    """The whole schema; empty text for an empty one."""
    pieces = ordered_pieces(schema)
    blocks = [*preamble(schema), *sections(pieces), *late_sections(schema, in_printed_order(schema, pieces))]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def preamble(schema: Schema) -> Iterator[str]:
    """What the reader must know, and what the statements rely on."""
    roles = roles_named(schema)
    if roles:
        yield f"-- These roles must exist: {', '.join(one_line(role) for role in roles)}"
    if schema.functions or any(found.kind == "function" for found in schema.definitions):
        # A body may speak of tables that come later.
        yield "SET check_function_bodies = off;"
    if schema_names(schema):
        # A role's own schema would come before `public`.
        yield search_path_sql(DEFAULT_PATH)


def sections(pieces: Iterable[Piece]) -> Iterator[str]:
    """The pieces as blocks of text, below the headings of their sections; schemas and extensions as one block each."""
    current = None
    for section, group in groupby(pieces, lambda piece: piece.section):
        if section in HEADINGS and section != current:
            yield f"-- {HEADINGS[section]}"
        current = section
        blocks = [block(piece.statements) for piece in group]
        if all("\n" not in text for text in blocks):
            yield "\n".join(blocks)
        else:
            yield from blocks


def block(statements: Iterable[Statement]) -> str:
    """Statements that belong together; those of several lines stand by themselves."""
    lines: list[str] = []
    path: tuple[str, ...] = DEFAULT_PATH
    for statement in statements:
        wanted = statement.search_path or DEFAULT_PATH
        if wanted != path:
            lines.append(search_path_sql(wanted))
            path = wanted
        if "\n" in statement.sql and lines and lines[-1].count("\n") > 0:
            lines.append("")
        lines.append(statement.sql)
    if path != DEFAULT_PATH:
        lines.append(search_path_sql(DEFAULT_PATH))
    return "\n".join(lines)


def search_path_sql(path: tuple[str, ...]) -> str:
    """Types without a schema are in `public`, whatever the path was."""
    names = path if "public" in path else (*path, "public")
    return f"SET search_path TO {', '.join(map(quote, names))};"


def in_printed_order(schema: Schema, pieces: Iterable[Piece]) -> list[Table]:
    places = {piece.key: place for place, piece in enumerate(pieces)}
    families = sorted(families_of(schema), key=lambda family: places[relation_key(family[0].name)])
    return [table for family in families for table in family]


def late_sections(schema: Schema, printed: Sequence[Table]) -> Iterator[str]:
    """What comes when all relations and functions are there."""
    known = [table for table in printed if is_known(table)]
    tables = [table for table in known if table.kind not in VIEW_KINDS]
    names = frozenset(table.name for table in tables)
    not_valid = [text for table in tables if (text := "\n".join(not_valid_sql(table, schema)))]
    yield from under("Constraints that rows may violate", ["\n".join(not_valid)])
    # A partition's own key comes before that of the whole, which would make it another one.
    by_table = [list(foreign_keys_sql(table, schema, names)) for table in partitions_first(tables)]
    yield from under("Foreign keys", ["\n".join(statements) for statements in by_table if statements])
    rules = [found for found in schema.definitions if found.kind == "rule"]
    yield from under("Rules", [block([definition_statement(rule)]) for rule in rules])
    yield from under("Triggers", [text for table in known if (text := "\n".join(triggers_sql(table, schema)))])
    yield from under("Row level security", [text for table in tables if (text := "\n".join(row_security_sql(table)))])
    spelling = spellings(schema)
    yield from under("Comments", ["\n".join(other_comments(schema, late=False))])
    yield from under("Privileges", ["\n".join(privileges_sql(schema, spelling))])
    yield from under("Privileges on what is made later", ["\n".join(default_privileges_sql(schema.default_grants))])
    last = [found for found in schema.definitions if found.kind in LATE_KINDS - {"rule"}]
    yield from under("Replication and events", ["\n".join([*(block([definition_statement(found)]) for found in last)])])
    yield from under("", ["\n".join(other_comments(schema, late=True))])


def under(heading: str, blocks: Sequence[str]) -> Iterator[str]:
    """Blocks below a heading; no heading without any."""
    found = [text for text in blocks if text]
    if found and heading:
        yield f"-- {heading}"
    yield from found


def partitions_first(tables: Sequence[Table]) -> Iterator[Table]:
    yield from (table for table in tables if table.partition_of is not None)
    yield from (table for table in tables if table.partition_of is None)


def other_comments(schema: Schema, *, late: bool) -> Iterator[str]:
    """On what is neither a table nor a column; on what only comes last, last."""
    spelled = routine_spellings(schema)
    for comment in schema.comments:
        if (comment.kind in LATE_KINDS - {"rule"}) == late:
            commented = spelled.get(comment.object, comment.object) if comment.kind in ROUTINE_KINDS else comment.object
            yield f"COMMENT ON {comment.kind.upper()} {commented} IS {literal(comment.text)};"


def spellings(schema: Schema) -> dict[str, str]:
    """How objects that have privileges are written, by their names in full."""
    objects = [*(table.name for table in schema.tables), *(sequence.name for sequence in schema.sequences), *type_names(schema)]
    names = {name.qualified: quote_name(name) for name in objects}
    names |= {name_spelled(spelled).qualified: spelled for spelled in sequences_of(schema).implied}
    names |= {name: quote(name) for name in schema_names(schema)}
    return of_identities(schema) | names | routine_spellings(schema)


def routine_spellings(schema: Schema) -> dict[str, str]:
    """How functions and procedures are written, by their signatures, in which nothing is quoted."""
    return {found.signature: f"{quote_name(found.name)}({', '.join(found.input_types)})" for found in schema.functions}


def of_identities(schema: Schema) -> dict[str, str]:
    """The sequences of identity columns, which are no objects of the model: they are known by their privileges."""
    grants = [grant for grant in (*schema.grants, *schema.revoked) if grant.kind == "sequence"]
    places = sorted({table.name.schema for table in schema.tables}, key=len)
    return {
        grant.object: quote_name(Name(place, grant.object.removeprefix(f"{place}.")))
        for place in places
        for grant in grants
        if grant.object.startswith(f"{place}.")
    }
