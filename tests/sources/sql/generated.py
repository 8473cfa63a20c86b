"""Random DDL. Out: a Hypothesis strategy of scripts, lists of statements over few names, so that they meet each other.

Many statements are ones that PostgreSQL refuses; whoever uses them keeps those it takes.
"""

from __future__ import annotations

from hypothesis import strategies as st

TABLES = ("t1", "t2", "t3", '"T 4"', "a_table_whose_name_fills_the_sixty_three_bytes_that_are_there_x")
COLUMNS = ("a", "b", "c", "d", '"E"', "a_column_with_a_name_that_is_long_enough")
TYPES = ("int", "bigint", "text", "varchar(10)", "numeric(8,2)", "timestamptz(3)", "boolean", "mood", "int[]", "serial", "char(3)")
LITERALS = ("0", "1", "'x'", "NULL", "now()", "'ok'", "true", "'{}'", "lower('X')", "1 + 1")
ACTIONS = ("", " ON DELETE CASCADE", " ON DELETE SET NULL ON UPDATE CASCADE")
LABELS = ("pkey", "a_key", "b_key", "a_b_key", "a_check", "check", "b_check1", "a_fkey", "b_fkey", "a_excl")
INDEX_LABELS = ("a_idx", "b_idx", "a_b_idx", "a_idx1", "lower_idx", "c_idx", "expr_idx")

tables = st.sampled_from(("t1", "t1", "t2", "t2", "t3", *TABLES))
new_tables = st.sampled_from(("t3", "t4", *TABLES[3:], "t5"))
numbers = st.sampled_from(("a", "a", "c", "d"))
columns = st.sampled_from(("a", "a", "b", "b", "c", "d", *COLUMNS))
column_lists = st.lists(columns, min_size=1, max_size=3, unique=True).map(", ".join)


def build(template: str, **parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A strategy of texts: the template with each name replaced by what its own strategy gives."""
    return st.fixed_dictionaries(parts).map(lambda values: template.format(**values))


def one_of_texts(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


conditions = st.one_of(
    build("{c} IS NOT NULL", c=columns),
    build("{c} > 0", c=numbers),
    build("b <> 'x' AND {d} IS NOT NULL", d=columns),
    build("length(b) < 5 OR {d} = ANY (ARRAY[1, 2])", d=numbers),
)

keys = st.one_of(
    columns,
    build("{c} DESC", c=columns),
    build("{c} {o} NULLS {n}", c=columns, o=one_of_texts("ASC", "DESC"), n=one_of_texts("FIRST", "LAST")),
    st.just("lower(b)"),
    build("({c} + 1)", c=numbers),
    build("{c} {o}", c=columns, o=one_of_texts("text_pattern_ops", "int4_ops", "text_ops", 'COLLATE "C"')),
)

column_constraints = st.one_of(
    one_of_texts("", "", "NOT NULL", "PRIMARY KEY", "UNIQUE"),
    build("DEFAULT {v}", v=one_of_texts(*LITERALS)),
    build("REFERENCES {t}{a}", t=tables, a=one_of_texts(*ACTIONS)),
    build("REFERENCES {t} ({c})", t=tables, c=columns),
    build("CHECK ({c})", c=conditions),
    one_of_texts("GENERATED ALWAYS AS IDENTITY", "GENERATED ALWAYS AS (1 + 1) STORED"),
)

column_definitions = build("{c} {t} {k}", c=columns, t=one_of_texts(*TYPES), k=column_constraints)

names = st.one_of(st.just(""), build("CONSTRAINT {n} ", n=one_of_texts("named", "t1_a_key", "t2_pkey")))

table_constraints = st.one_of(
    build("{n}PRIMARY KEY ({c})", n=names, c=column_lists),
    build(
        "{n}UNIQUE {x}({c}){i}",
        n=names,
        x=one_of_texts("", "NULLS NOT DISTINCT "),
        c=column_lists,
        i=one_of_texts("", " INCLUDE (d)"),
    ),
    build("{n}CHECK ({c})", n=names, c=conditions),
    build("{n}FOREIGN KEY ({c}) REFERENCES {t}{a}", n=names, c=column_lists, t=tables, a=one_of_texts(*ACTIONS)),
    build("{n}EXCLUDE ({c} WITH =)", n=names, c=columns),
)


def table_bodies() -> st.SearchStrategy[str]:
    """Columns that differ from each other, mostly of types that go with the literals above, and constraints on them."""

    def definition(column: str) -> st.SearchStrategy[str]:
        likely = "text" if column == "b" else "int"
        return build("{c} {t} {k}", c=st.just(column), t=one_of_texts(likely, likely, *TYPES), k=column_constraints | st.just(""))

    chosen = st.lists(columns, min_size=1, max_size=5, unique=True).flatmap(lambda found: st.tuples(*map(definition, found)))
    constraints = st.lists(table_constraints, max_size=2)
    return st.tuples(chosen, constraints).map(lambda both: ", ".join([*both[0], *both[1]]))


first_tables = st.tuples(
    build("CREATE TABLE t1 (a int PRIMARY KEY, b text UNIQUE, c int {k}, d int)", k=one_of_texts("", "UNIQUE", "CHECK (c > 1)")),
    one_of_texts(
        "CREATE TABLE t2 (a int REFERENCES t1, b text, c serial, d int, UNIQUE (a, b), CHECK (c > d))",
        "CREATE TABLE t2 (a int, b text, c int REFERENCES t1, d int, PRIMARY KEY (a, b)) PARTITION BY RANGE (a)",
        "CREATE TABLE t2 (d int) INHERITS (t1)",
        "CREATE TABLE t2 (LIKE t1 INCLUDING ALL)",
    ),
)

commands = st.one_of(
    build("ADD COLUMN {d}", d=column_definitions),
    build("ADD COLUMN IF NOT EXISTS {d}", d=column_definitions),
    build("DROP COLUMN {c}{x}", c=columns, x=one_of_texts("", " CASCADE")),
    build("ALTER COLUMN {c} TYPE {t} USING NULL", c=columns, t=one_of_texts("int", "text", "bigint", "varchar(5)", "mood")),
    build("ALTER COLUMN {c} SET DEFAULT {v}", c=columns, v=one_of_texts(*LITERALS)),
    build("ALTER COLUMN {c} {a}", c=columns, a=one_of_texts("DROP DEFAULT", "SET NOT NULL", "DROP NOT NULL", "DROP IDENTITY")),
    build("ADD {c}", c=table_constraints),
    build("ADD {c} NOT VALID", c=table_constraints),
    build("DROP CONSTRAINT {t}_{l}{x}", t=tables, l=one_of_texts(*LABELS), x=one_of_texts("", " CASCADE")),
    build("DROP CONSTRAINT named"),
    build("VALIDATE CONSTRAINT named"),
    build("ADD UNIQUE USING INDEX {t}_a_idx", t=tables),
    build("{w} PARTITION {t}{f}", w=one_of_texts("ATTACH"), t=tables, f=one_of_texts(" FOR VALUES FROM (50) TO (60)", " DEFAULT")),
    build("DETACH PARTITION {t}", t=tables),
    build("INHERIT {t}", t=tables),
    build("NO INHERIT {t}", t=tables),
)

statements = st.one_of(
    build("CREATE TABLE {t} ({b})", t=new_tables, b=table_bodies()),
    build("CREATE TABLE {t} ({b})", t=new_tables, b=table_bodies()),
    build("CREATE TABLE IF NOT EXISTS {t} ({b}) INHERITS ({p})", t=new_tables, b=table_bodies(), p=tables),
    build("CREATE TABLE {t} (a int, {b}) PARTITION BY RANGE (a)", t=new_tables, b=table_bodies()),
    build("CREATE TABLE {t} (a int, b text, c int, d int) PARTITION BY RANGE (a)", t=new_tables),
    build(
        "CREATE TABLE {t} PARTITION OF {p} FOR VALUES FROM ({n}0) TO ({n}9)", t=new_tables, p=tables, n=one_of_texts("1", "2", "3")
    ),
    build("CREATE TABLE {t} (LIKE {p}{i})", t=new_tables, p=tables, i=one_of_texts("", " INCLUDING ALL", " INCLUDING INDEXES")),
    build(
        "CREATE {u}INDEX ON {t} ({k})",
        u=one_of_texts("", "UNIQUE "),
        t=tables,
        k=st.lists(keys, min_size=1, max_size=3).map(", ".join),
    ),
    build("CREATE INDEX ON {o}{t} ({k}) INCLUDE ({i})", o=one_of_texts("", "ONLY "), t=tables, k=keys, i=columns),
    build("CREATE INDEX ON {t} USING {m} ({c})", t=tables, m=one_of_texts("hash", "brin", "gin"), c=columns),
    build("CREATE INDEX {n} ON {t} ({k}) WHERE {p}", n=one_of_texts("named", "other"), t=tables, k=keys, p=conditions),
    build("ALTER TABLE {t} {c}", t=tables, c=st.lists(commands, min_size=1, max_size=3).map(", ".join)),
    build("ALTER TABLE {t} {c}", t=tables, c=commands),
    build("ALTER TABLE ONLY {t} {c}", t=tables, c=commands),
    build("ALTER TABLE {t} RENAME COLUMN {c} TO {d}", t=tables, c=columns, d=columns),
    build("ALTER TABLE {t} RENAME TO {n}", t=tables, n=new_tables),
    build("ALTER TABLE {t} RENAME CONSTRAINT {s}_{l} TO named", t=tables, s=tables, l=one_of_texts(*LABELS)),
    build(
        "ALTER INDEX {t}_{l} RENAME TO {n}",
        t=tables,
        l=one_of_texts(*LABELS, *INDEX_LABELS),
        n=one_of_texts("named", "t1_a_idx", "t2_pkey"),
    ),
    build(
        "ALTER TYPE mood {a}", a=one_of_texts("ADD VALUE 'new' BEFORE 'ok'", "RENAME VALUE 'sad' TO 'blue'", "RENAME TO feeling")
    ),
    build("DROP TABLE {t}{x}", t=tables, x=one_of_texts("", " CASCADE")),
    build("DROP INDEX {t}_{l}", t=tables, l=one_of_texts(*INDEX_LABELS)),
    one_of_texts("DROP TYPE mood CASCADE", "CREATE TYPE mood AS ENUM ('sad', 'ok')", "DROP INDEX named"),
    build("COMMENT ON COLUMN {t}.{c} IS 'said'", t=tables, c=columns),
)

scripts = st.tuples(first_tables, st.lists(statements, min_size=20, max_size=40)).map(
    lambda made: ["CREATE TYPE mood AS ENUM ('sad', 'ok')", *made[0], *made[1]]
)
"""Scripts of DDL."""
