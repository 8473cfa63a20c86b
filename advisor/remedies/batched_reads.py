"""A read for each element of a collection, written as one read of them all.

In: the query and the loop that it stands in. Out: TypeScript in the names found there, by one of three ways: the parent's own
`include`, an `in` filter whose rows are grouped in memory, or `= ANY($1)` for SQL; None where the names at hand do not suffice.
"""

from __future__ import annotations

import re

from msgspec import Struct

from advisor.model import Loop, Predicate, Query, Relation, Schema, Table
from advisor.remedies.prisma_calls import call, capitalised, field_of, order_by, own_keys, plural, where_entries

IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
ITERATOR = re.compile(r"^new (?:Set|Map)\(|(?<!^Object)\.(?:entries|keys|values)\(\)$")
"""What gives its elements one by one and is no array."""
PLAIN_SELECT = re.compile(
    r"\s*select\s+(?P<fields>[^()]*?)\s+from\b(?!.*\b(?:group\s+by|limit|union)\b)", re.IGNORECASE | re.DOTALL
)
"""A SELECT of columns, without anything that works on all rows of one key together."""


class Rewritten(Struct, frozen=True):
    """`what` says it in a line, `code` is what to write."""

    what: str
    code: str


class Arguments(Struct, frozen=True):
    """What a query asks for beside the key that ties it to the element; each as Prisma writes it, empty where it asks nothing."""

    where: tuple[str, ...]
    order: str
    take: str
    fields: tuple[str, ...]

    def nested(self) -> str:
        """The arguments of a nested read: `where: { published: true }, take: 5`."""
        where = f"where: {{ {', '.join(self.where)} }}" if self.where else ""
        take = f"take: {self.take}" if self.take else ""
        return ", ".join(part for part in (where, self.order, take, self.select()) if part)

    def select(self, *also: str) -> str:
        wanted = [*(field for field in also if field not in self.fields), *self.fields]
        return f"select: {{ {', '.join(f'{field}: true' for field in wanted)} }}" if self.fields else ""


def read_at_once(query: Query, table: Table | None, schema: Schema | None) -> Rewritten | None:
    """The best of the ways that can be written."""
    loop = query.uses_element_of
    key = key_of(query, loop) if loop else None
    if loop is None or key is None:
        return None
    if query.origin == "sql":
        return with_any(query, loop, key)
    arguments = arguments_of(query, table, but=key)
    if arguments is None or query.model is None or query.verb not in ("find many", "find first", "find unique", "count"):
        return None
    relation = relation_to_include(loop, key, table, schema)
    if relation and (relation.many or not arguments.nested()):
        return with_include(query, loop, arguments, relation)
    return with_in(query, loop, key, arguments, table)


def key_of(query: Query, loop: Loop) -> Predicate | None:
    """The one equality that ties the query to the loop's element, written in terms of that element."""
    tied = [predicate for predicate in query.predicates if predicate.value == "element"]
    if len(tied) != 1 or tied[0].operator != "=" or tied[0].path or tied[0].negated or tied[0].under_or:
        return None
    names = IDENTIFIER.findall(tied[0].value_text or "")
    return tied[0] if binding_of(loop) and any(name in loop.element for name in names) else None


def binding_of(loop: Loop) -> str:
    """`user`, or `{ id }` where the element is taken apart; empty for a counter."""
    if loop.kind in ("for", "for await", "while") or "\n" in loop.collection or not loop.collection:
        return ""
    return loop.binding or (loop.element[0] if len(loop.element) == 1 else "")


def values_of(loop: Loop, key: Predicate) -> str:
    """`users.map((user) => user.id)`; the collection itself where its elements are the values."""
    collection = f"Object.keys({loop.collection})" if loop.kind == "for in" else loop.collection
    if ITERATOR.search(collection):
        collection = f"[...{collection}]"
    return collection if key.value_text == binding_of(loop) else f"{collection}.map(({binding_of(loop)}) => {key.value_text})"


def loop_with(loop: Loop, query: Query, value: str) -> str:
    """The loop with the row or rows taken from memory, under the name that they have now."""
    header = f"for (const {binding_of(loop)} {'in' if loop.kind == 'for in' else 'of'} {loop.collection})"
    return f"{header} {{\n  const {result_of(query)} = {value};\n}}"


def result_of(query: Query) -> str:
    if query.result_name and IDENTIFIER.fullmatch(query.result_name):
        return query.result_name
    return {"count": "count", "find many": plural(query.model or "row")}.get(query.verb, query.model or "found")


def arguments_of(query: Query, table: Table | None, but: Predicate) -> Arguments | None:
    """What the query asks for beside its key; None where some of it cannot be written from what is known."""
    where = where_entries([predicate for predicate in query.predicates if predicate is not but], table)
    order = own_keys(query.order_by)
    nested = any("." in field for field in query.select)
    if where is None or order is None or nested or not query.complete or query.cursor or query.offset or query.distinct:
        return None
    take = query.limit.text if query.limit and query.verb == "find many" else ""
    return Arguments(where, order_by(order, table), take, query.select)


def relation_to_include(loop: Loop, key: Predicate, table: Table | None, schema: Schema | None) -> Relation | None:
    """The relation by which the collection's own `findMany` could fetch the rows along."""
    parent = schema.table_of_model(loop.fetched_model) if schema and loop.fetched_model else None
    named = IDENTIFIER.fullmatch(binding_of(loop)) and IDENTIFIER.fullmatch(loop.collection)
    return relation_between(parent, table, key) if parent and table and named else None


def with_include(query: Query, loop: Loop, arguments: Arguments, relation: Relation) -> Rewritten:
    """The rows as a field of each element."""
    field, value = relation.field, f"{binding_of(loop)}.{relation.field}"
    asked = ", ".join(
        part for part in (arguments.nested(), "take: 1" if query.verb == "find first" and relation.many else "") if part
    )
    include = f"{field}: {{ {asked} }}" if asked else f"{field}: true"
    if query.verb == "count":
        where = f"{{ where: {{ {', '.join(arguments.where)} }} }}" if arguments.where else "true"
        include, value = f"_count: {{ select: {{ {field}: {where} }} }}", f"{binding_of(loop)}._count.{field}"
    elif query.verb != "find many" and relation.many:
        value += "[0] ?? null"
    parents = call(query, "findMany", ["// beside the arguments that it has now:", f"include: {{ {include} }}"], loop.fetched_model)
    code = f"const {loop.collection} = await {parents};\n{loop_with(loop, query, value)}"
    return Rewritten(f"Fetch {field} with {loop.collection}, by include", code)


def relation_between(parent: Table, table: Table, key: Predicate) -> Relation | None:
    """The parent's one relation field to the queried table whose columns the equality compares."""
    tied = (key.column,)
    towards = [relation for relation in parent.relations if relation.target == table.name]
    held = [
        relation
        for relation in towards
        if relation.columns
        and relation.referenced_columns == tied
        and (key.value_text or "").endswith(f".{field_of(relation.columns[0], parent)}")
    ]
    if held:
        return held[0] if len(held) == 1 else None
    pointing = [foreign.columns for foreign in table.foreign_keys if foreign.referenced_table == parent.name]
    free = [relation for relation in towards if not relation.columns]
    return free[0] if len(free) == 1 and pointing == [tied] else None


def with_in(query: Query, loop: Loop, key: Predicate, arguments: Arguments, table: Table | None) -> Rewritten:
    """All rows by one `in` filter, and a Map from the key to its rows."""
    field, model, several = field_of(key.column, table), query.model or "", plural(query.model or "")
    taken = (result_of(query), loop.collection, *loop.element)
    rows = f"all{capitalised(several)}" if several in taken else several
    where = ", ".join([f"{field}: {{ in: {values_of(loop, key)} }}", *arguments.where])
    if query.verb == "count":
        read = call(query, "groupBy", [f"by: ['{field}']", f"where: {{ {where} }}", "_count: { _all: true }"])
        index, rows, value = f"countBy{capitalised(field)}", "counts", f"countBy{capitalised(field)}.get({key.value_text}) ?? 0"
        gathered = f"const {index} = new Map(counts.map((row) => [row.{field}, row._count._all]));"
    else:
        read = call(query, "findMany", [f"where: {{ {where} }}", arguments.order, arguments.select(field)])
        unique = query.verb == "find unique" or (table is not None and table.is_unique([key.column]))
        index = f"{model if unique else several}By{capitalised(field)}"
        one = "" if unique else ("?.[0]" if query.verb == "find first" else " ?? []")
        value = f"{index}.get({key.value_text}){one}"
        if query.method.endswith("OrThrow"):
            value += "; // undefined where there is none: throw then"
        gathered = f"const {index} = Map.groupBy({rows}, ({model}) => {model}.{field}); // Node 21 or newer"
        if unique:
            gathered = f"const {index} = new Map({rows}.map(({model}) => [{model}.{field}, {model}]));"
    limit = f"// take: {arguments.take} would cut the whole list: slice each group\n" if arguments.take else ""
    code = f"const {rows} = await {read};\n{limit}{gathered}\n{loop_with(loop, query, value)}"
    return Rewritten(f"Read {several} once, with {field}: {{ in: [...] }}", code)


def with_any(query: Query, loop: Loop, key: Predicate) -> Rewritten | None:
    """`WHERE author_id = ANY($1)`, bound to the list of values; only where the key's is the one parameter."""
    equality = re.compile(rf'(?P<column>"?\b{re.escape(key.column)}"?)\s*=\s*\$1\b')
    text = query.text or ""
    fields = PLAIN_SELECT.match(text)
    if fields is None or not equality.search(text) or len(re.findall(r"\$\d", text)) != 1:
        return None
    if "*" not in fields["fields"] and key.column not in IDENTIFIER.findall(fields["fields"]):
        return None  # without its key, no row could be told from another's
    statement = equality.sub(lambda found: f"{found['column']} = ANY($1)", text).strip()
    code = (
        f"{rows_of(query, statement, values_of(loop, key))}\n"
        f"const rowsByKey = Map.groupBy(rows, (row) => row.{key.column}); // Node 21 or newer\n"
        f"{loop_with(loop, query, f'rowsByKey.get({key.value_text}) ?? []')}"
    )
    return Rewritten(f"Read them once, with {key.column} = ANY($1)", code)


def rows_of(query: Query, statement: str, values: str) -> str:
    """The statement with a list bound to its one parameter, sent in the way of its library."""
    client, method = query.client or "pool", query.method
    if method in ("sql", "$queryRaw"):
        tag = client if method == client else f"{client}.{method}"
        return f"const rows = await {tag}`{statement.replace('ANY($1)', f'ANY(${{{values}}})')}`;"
    if method == "$queryRawUnsafe":
        return f"const rows = await {client}.{method}(`{statement}`, {values});"
    return f"const {{ rows }} = await {client}.query(`{statement}`, [{values}]);"
