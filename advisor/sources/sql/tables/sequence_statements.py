"""CREATE and ALTER SEQUENCE, and the sequences of serial and identity columns. In: their nodes. Out: the catalog after them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from advisor.model import Call, Expression, Name, Operation, OtherStatement
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import new_relation, qualified
from advisor.sources.sql.spelling.names import make_object_name
from advisor.sources.sql.tables.sequences import altered, options_of, sequence_name
from advisor.sources.sql.text.quoting import quote_name, quote_string
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, strings


def create_sequence(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    sequence = new_relation(catalog, fields["sequence"])
    if catalog.is_relation(sequence):
        if not fields.get("if_not_exists"):
            raise RefusedError(f'relation "{sequence}" already exists', statement.location)
        return [OtherStatement(statement.location, "CreateSeqStmt")]
    catalog.put_sequence(sequence, options_of(fields.get("options", [])))
    own_sequence(catalog, sequence, fields)
    return [OtherStatement(statement.location, "CreateSeqStmt")]


def alter_sequence(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    sequence = catalog.find(fields["sequence"].get("schemaname"), fields["sequence"]["relname"])
    options = catalog.sequences.options.get(sequence)
    if options is not None:
        change_sequence(catalog, sequence, fields.get("options", []))
        own_sequence(catalog, sequence, fields)
    return [OtherStatement(statement.location, "AlterSeqStmt")]


def change_sequence(catalog: Catalog, sequence: Name, nodes: Iterable[Node]) -> None:
    """Tell a sequence other options; an identity column shows those of its own."""
    options = catalog.sequences.options.get(sequence)
    if options is not None:
        catalog.put_sequence(sequence, altered(options, nodes))
        owner = catalog.sequences.owner(sequence)
        if owner is not None:
            show_identities(catalog, owner[0])


def own_sequence(catalog: Catalog, sequence: Name, fields: Node) -> None:
    """`OWNED BY table.column`, or NONE."""
    for option in map(fields_of, fields.get("options", [])):
        if option["defname"] == "owned_by":
            *table, column = strings(option["arg"]["List"]["items"])
            if table:
                catalog.own_sequence(sequence, catalog.find(*qualified([{"String": {"sval": part}} for part in table])), column)
            else:
                catalog.sequences.disown(sequence)
                catalog.changed()


def make_sequence(
    catalog: Catalog, table: Name, column: str, type_name: str, options: Iterable[Node] = (), *, identity: bool = False
) -> Name:
    """The sequence behind a serial or identity column."""
    nodes = list(options)
    given = sequence_name(nodes)
    if given is not None:
        sequence = Name(given[0] or table.schema, given[1])
    else:
        sequence = Name(table.schema, catalog.names.choose_relation_name(table.schema, table.name, column, "seq", constraint=False))
    catalog.put_sequence(sequence, options_of(nodes, type_name))
    catalog.own_sequence(sequence, table, column, identity=identity)
    return sequence


def next_value_of(sequence: Name) -> Expression:
    """The default of a serial column."""
    text = f"nextval({quote_string(quote_name(sequence))}::regclass)"
    return Expression(text, functions=("nextval",), rowless_calls=(Call(text, ("nextval",)),))


def identity_words(catalog: Catalog, table: Name, column: str) -> tuple[str, ...]:
    """What an identity column's sequence was told; its name where PostgreSQL would have given another."""
    sequence = catalog.sequences.identity_of(table, column)
    options = catalog.sequences.options.get(sequence) if sequence is not None else None
    if sequence is None or options is None:
        return ()
    usual = Name(table.schema, make_object_name(table.name, column, "seq"))
    named = () if sequence == usual else (f"SEQUENCE NAME {quote_name(sequence)}",)
    return (*named, *options.words)


def show_identities(catalog: Catalog, name: Name) -> None:
    """Bring what a table's identity columns say of their sequences up to date."""
    table = catalog.table(name)
    if table is None or all(column.identity is None for column in table.columns):
        return
    columns = tuple(
        replace(column, identity_options=identity_words(catalog, name, column.name)) if column.identity else column
        for column in table.columns
    )
    if columns != table.columns:
        catalog.put(replace(table, columns=columns))
