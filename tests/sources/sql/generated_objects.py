"""Random statements about what is neither table nor type. Out: a Hypothesis strategy of scripts over few names, so that they meet.

Many statements are ones that PostgreSQL refuses; whoever uses them keeps those it takes.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tests.sources.sql.generated import build, one_of_texts

BEGINNING = [
    "CREATE TABLE t (a int, b text, c int)",
    "CREATE TABLE p (a int, b text, c int) PARTITION BY RANGE (a)",
    "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE SCHEMA s",
]

tables = one_of_texts("t", "t", "t", "p", "p", "p1", "p2", "s.t")
columns = one_of_texts("a", "b", "c")
roles = one_of_texts("alice", "bob", "PUBLIC", "alice, app")
names = one_of_texts("one", "one", "two", '"Three"')
functions = one_of_texts("f", "f", "g", "s.f")
signatures = one_of_texts("f()", "g()", "s.f()", "g(int)", "g(text)", "g", "f")
routines = one_of_texts("FUNCTION", "ROUTINE", "PROCEDURE")
conditions = one_of_texts("a > 0", "b = CURRENT_USER", "c IS NOT NULL AND b <> 'x'", "true")

privileges = one_of_texts("SELECT", "ALL", "INSERT, UPDATE", "SELECT (a)", "UPDATE (b), DELETE")
options = one_of_texts("STABLE", "STRICT", "SECURITY DEFINER", "COST 7", "SET work_mem = '1MB'", "RESET ALL", "PARALLEL SAFE")
bodies = one_of_texts(
    "RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'", "RETURNS trigger LANGUAGE plpgsql STABLE AS 'BEGIN END'"
)
events = one_of_texts("INSERT", "UPDATE OF b", "DELETE OR INSERT", "TRUNCATE", "UPDATE")

function_statements = st.one_of(
    build("CREATE {r}FUNCTION {f}() {b}", r=one_of_texts("", "OR REPLACE "), f=functions, b=bodies),
    build("CREATE FUNCTION g(x {t} DEFAULT NULL) RETURNS {t} LANGUAGE sql AS 'SELECT x'", t=one_of_texts("int", "text", "t[]")),
    build("CREATE PROCEDURE {f}(x int) LANGUAGE sql AS 'SELECT 1'", f=functions),
    build("ALTER {k} {s} {o}", k=routines, s=signatures, o=options),
    build("ALTER {k} {s} RENAME TO {n}", k=routines, s=signatures, n=one_of_texts("f", "g", "h")),
    build("ALTER FUNCTION {s} SET SCHEMA {n}", s=signatures, n=one_of_texts("s", "{schema}")),
    build("DROP {k} {s}{c}", k=routines, s=signatures, c=one_of_texts("", " CASCADE")),
    build("COMMENT ON {k} {s} IS 'said'", k=routines, s=signatures),
)

trigger_statements = st.one_of(
    build(
        "CREATE {r}TRIGGER {n} {w} {e} ON {t} FOR EACH {x}{c} EXECUTE FUNCTION {f}()",
        r=one_of_texts("", "OR REPLACE "),
        n=names,
        w=one_of_texts("BEFORE", "AFTER"),
        e=events,
        t=tables,
        x=one_of_texts("ROW", "ROW", "STATEMENT"),
        c=one_of_texts("", "", " WHEN (NEW.c > 1)"),
        f=functions,
    ),
    build("ALTER TRIGGER {n} ON {t} RENAME TO {m}", n=names, t=tables, m=names),
    build("DROP TRIGGER {n} ON {t}", n=names, t=tables),
    build(
        "ALTER TABLE {o}{t} {a} TRIGGER {n}",
        o=one_of_texts("", "ONLY "),
        t=tables,
        a=one_of_texts("DISABLE", "ENABLE", "ENABLE ALWAYS"),
        n=one_of_texts("one", "two", '"Three"'),
    ),
    build("ALTER TABLE {t} {a} TRIGGER {w}", t=tables, a=one_of_texts("DISABLE", "ENABLE"), w=one_of_texts("ALL", "USER")),
    build("COMMENT ON TRIGGER {n} ON {t} IS 'said'", n=names, t=tables),
)

policy_statements = st.one_of(
    build(
        "CREATE POLICY {n} ON {t} FOR ALL TO {r} USING ({c}) WITH CHECK ({d})",
        n=names,
        t=tables,
        r=roles,
        c=conditions,
        d=conditions,
    ),
    build("CREATE POLICY {n} ON {t} AS RESTRICTIVE FOR SELECT USING ({c})", n=names, t=tables, c=conditions),
    build("ALTER POLICY {n} ON {t} TO {r} USING ({c})", n=names, t=tables, r=roles, c=conditions),
    build("ALTER POLICY {n} ON {t} RENAME TO {m}", n=names, t=tables, m=names),
    build("DROP POLICY {n} ON {t}", n=names, t=tables),
    build("ALTER TABLE {t} {a} ROW LEVEL SECURITY", t=tables, a=one_of_texts("ENABLE", "DISABLE", "FORCE", "NO FORCE")),
    build("COMMENT ON POLICY {n} ON {t} IS 'said'", n=names, t=tables),
)

privilege_statements = st.one_of(
    build("GRANT {p} ON {t} TO {r}{o}", p=privileges, t=tables, r=roles, o=one_of_texts("", "", " WITH GRANT OPTION")),
    build("REVOKE {o}{p} ON {t} FROM {r} CASCADE", o=one_of_texts("", "GRANT OPTION FOR "), p=privileges, t=tables, r=roles),
    build("GRANT ALL ON ALL {k} IN SCHEMA s TO {r}", k=one_of_texts("TABLES", "SEQUENCES", "FUNCTIONS", "ROUTINES"), r=roles),
    build("{g} ON {k} {s} {w}", g=st.just("GRANT ALL"), k=routines, s=signatures, w=roles.map("TO {}".format)),
    build("REVOKE ALL ON {k} {s} FROM {r}", k=routines, s=signatures, r=roles),
    build("{g} USAGE ON SCHEMA s {w}", g=st.just("GRANT"), w=roles.map("TO {}".format)),
    build(
        "ALTER DEFAULT PRIVILEGES {s}GRANT {p} TO {r}",
        s=one_of_texts("", "IN SCHEMA s "),
        p=one_of_texts("SELECT ON TABLES", "ALL ON FUNCTIONS", "USAGE ON SEQUENCES"),
        r=roles,
    ),
    build(
        "ALTER DEFAULT PRIVILEGES {s}REVOKE {p} FROM {r}",
        s=one_of_texts("", "IN SCHEMA s "),
        p=one_of_texts("SELECT ON TABLES", "ALL ON FUNCTIONS", "USAGE ON SEQUENCES"),
        r=roles,
    ),
    build("ALTER TABLE {t} OWNER TO {r}", t=tables, r=one_of_texts("alice", "bob")),
)

statistics_statements = st.one_of(
    build("CREATE STATISTICS {n} ON {c}, {d} FROM {t}", n=one_of_texts("", "one", "s.one"), c=columns, d=columns, t=tables),
    build("CREATE STATISTICS (ndistinct) ON {c}, lower(b) FROM {t}", c=columns, t=tables),
    build("ALTER STATISTICS {n} SET STATISTICS 9", n=one_of_texts("one", "s.one")),
    build("ALTER STATISTICS {n} RENAME TO two", n=one_of_texts("one", "s.one")),
    build("COMMENT ON STATISTICS {n} IS 'said'", n=one_of_texts("one", "s.one", "two")),
    build("DROP STATISTICS {n}", n=one_of_texts("one", "s.one", "two")),
)

table_statements = st.one_of(
    build("CREATE TABLE {t} (a int, b text, c serial)", t=one_of_texts("s.t", "p2", "t")),
    build(
        "CREATE TABLE {t} PARTITION OF p FOR VALUES FROM ({n}0) TO ({n}9)", t=one_of_texts("p2", "s.t"), n=one_of_texts("1", "2")
    ),
    build("CREATE TABLE p2 (LIKE {t} INCLUDING ALL)", t=tables),
    build("ALTER TABLE p {a}", a=one_of_texts("DETACH PARTITION p1", "ATTACH PARTITION t FOR VALUES FROM (50) TO (60)")),
    build("ALTER TABLE {t} RENAME COLUMN {c} TO d", t=tables, c=columns),
    build("ALTER TABLE {t} DROP COLUMN {c} CASCADE", t=tables, c=columns),
    build("ALTER TABLE {t} RENAME TO {n}", t=tables, n=one_of_texts("t", "p2", "q")),
    build("ALTER TABLE {t} SET SCHEMA s", t=tables),
    build("DROP TABLE {t} CASCADE", t=tables),
    build("CREATE RULE {n} AS ON INSERT TO {t} DO INSTEAD NOTHING", n=names, t=tables),
    build("DROP RULE {n} ON {t}", n=names, t=tables),
    one_of_texts("DROP SCHEMA s CASCADE", "CREATE SCHEMA s", "COMMENT ON SCHEMA s IS 'said'", "ALTER SCHEMA s RENAME TO s2"),
)

statements = st.one_of(
    function_statements,
    trigger_statements,
    policy_statements,
    privilege_statements,
    statistics_statements,
    table_statements,
).map(lambda text: text.replace("{schema}", "public"))

object_scripts = st.lists(statements, min_size=30, max_size=60).map(lambda made: [*BEGINNING, *made])
"""Scripts about objects, each a list of statements."""
