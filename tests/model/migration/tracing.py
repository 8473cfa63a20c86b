"""What a server really does: the locks that a statement holds, the tables it rewrites and reads, the indexes it builds.

In: a statement, and two connections, since a session's locks are seen from another one. Out: `Traced` facts by relation.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

SETUP = """
CREATE TABLE p (id int PRIMARY KEY, name text NOT NULL, code int, UNIQUE (code));
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN plain AS int;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (x int, y int);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION three() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 3';
CREATE FUNCTION dice() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 3; END';
CREATE TABLE t (
    id int PRIMARY KEY, a int, b varchar(20), c text, d timestamp, e numeric(10, 2), p_id int CONSTRAINT t_p REFERENCES p, j json,
    n int NOT NULL, k int, m mood, w positive,
    g int GENERATED ALWAYS AS (id * 2) STORED, v int GENERATED ALWAYS AS (id * 2) VIRTUAL,
    i int GENERATED ALWAYS AS IDENTITY, ch char(5), tz timestamptz, tp timestamp(3), vb bit varying(8), ip cidr, ta text[],
    dx int DEFAULT 1, p2 int, lc text, CONSTRAINT k_there CHECK (k IS NOT NULL)
);
INSERT INTO p SELECT x, 'n' || x, x FROM generate_series(1, 500) x;
INSERT INTO t SELECT x, x, 'b' || x, 'c' || x, now(), x, x, '{}', x, x, 'ok', x FROM generate_series(1, 500) x;
UPDATE t SET p2 = 1;
CREATE INDEX t_a ON t (a);
CREATE UNIQUE INDEX t_c ON t (c);
CREATE UNIQUE INDEX t_n ON t (n);
CREATE UNIQUE INDEX t_k ON t (k);
CREATE INDEX t_b ON t (b);
CREATE INDEX t_d ON t (d);
CREATE INDEX t_dx ON t (dx);
CREATE INDEX t_lower ON t (lower(c));
CREATE INDEX t_vb ON t (vb);
ALTER TABLE t ADD CONSTRAINT a_fits CHECK (a > 0) NOT VALID;
ALTER TABLE t ADD CONSTRAINT a_p FOREIGN KEY (a) REFERENCES p NOT VALID;
ALTER TABLE t ADD CONSTRAINT c_not_null NOT NULL c NOT VALID;
ALTER TABLE t ADD CONSTRAINT b_unique UNIQUE (b);
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch();
CREATE POLICY po ON t;
CREATE RULE ru AS ON DELETE TO p WHERE false DO NOTHING;
CREATE STATISTICS st ON a, b FROM t;
CREATE TABLE r (id int, t_id int CONSTRAINT r_t REFERENCES t);
CREATE TABLE heir () INHERITS (p);
CREATE TABLE loose (id int NOT NULL, name text NOT NULL, code int);
CREATE VIEW w1 AS SELECT name FROM p;
CREATE MATERIALIZED VIEW mv AS SELECT id, name FROM p;
CREATE UNIQUE INDEX mv_id ON mv (id);
CREATE TABLE parts (id int NOT NULL, at int, p_id int REFERENCES p) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (1) TO (1000);
CREATE TABLE part_rest PARTITION OF parts DEFAULT;
CREATE INDEX parts_at ON parts (at);
CREATE TABLE lists (id int NOT NULL, at int) PARTITION BY LIST (id);
CREATE TABLE list1 PARTITION OF lists FOR VALUES IN (1);
CREATE TABLE coming (id int NOT NULL, at int, p_id int);
CREATE UNIQUE INDEX coming_at ON coming (at);
CREATE UNIQUE INDEX loose_id ON loose (id);
CREATE INDEX lists_at ON ONLY lists (at);
CREATE INDEX list1_at ON list1 (at);
CREATE TABLE proven (id int NOT NULL, at int, p_id int REFERENCES p, CHECK (id >= 7000 AND id < 8000));
CREATE INDEX proven_at ON proven (at);
CREATE TABLE proven_list (id int NOT NULL, at int, CHECK (id IN (8)));
CREATE INDEX proven_list_at ON proven_list (at);
CREATE TABLE checked (id int NOT NULL, at int, p_id int, CHECK (id >= 7000 AND id < 8000));
CREATE INDEX checked_at ON checked (at);
INSERT INTO checked SELECT 7001, x, 1 FROM generate_series(1, 500) x;
CREATE TABLE bare (id int NOT NULL) PARTITION BY LIST (id);
CREATE TABLE bare_one (id int NOT NULL);
INSERT INTO bare_one SELECT 1 FROM generate_series(1, 500);
CREATE TABLE coming_list (id int NOT NULL, at int);
INSERT INTO coming SELECT x + 2000, x, 1 FROM generate_series(1, 500) x;
INSERT INTO coming_list SELECT 7, x FROM generate_series(1, 500) x;
INSERT INTO proven SELECT 7001, x, 1 FROM generate_series(1, 500) x;
INSERT INTO proven_list SELECT 8, x FROM generate_series(1, 500) x;
ALTER TABLE t ADD CONSTRAINT idle FOREIGN KEY (p2) REFERENCES p NOT ENFORCED;
INSERT INTO parts SELECT x, x, 1 FROM generate_series(1, 500) x;
INSERT INTO parts SELECT x + 5000, x, 1 FROM generate_series(1, 500) x;
CREATE TABLE q (id int PRIMARY KEY, v int GENERATED ALWAYS AS (3) VIRTUAL);
CREATE TABLE q_child (q_id int REFERENCES q);
INSERT INTO q SELECT x FROM generate_series(1, 500) x;
INSERT INTO q_child SELECT x FROM generate_series(1, 500) x;
CREATE TABLE spans (id int, during int4range);
CREATE UNLOGGED TABLE fleeting (id int);
INSERT INTO fleeting SELECT x FROM generate_series(1, 500) x;
CREATE SEQUENCE sq;
CREATE SCHEMA other;
ANALYZE;
"""

ROWS = 500
MODES = {
    "AccessShareLock": 1, "RowShareLock": 2, "RowExclusiveLock": 3, "ShareUpdateExclusiveLock": 4, "ShareLock": 5,
    "ShareRowExclusiveLock": 6, "ExclusiveLock": 7, "AccessExclusiveLock": 8,
}  # fmt: skip

RELATIONS = """
    SELECT c.oid, c.relname, c.relkind::text, c.relfilenode, pg_stat_get_xact_tuples_returned(c.oid), i.indrelid::regclass::text
    FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'i', 'I')
"""
HELD = "SELECT relation, mode FROM pg_locks WHERE pid = %s AND locktype = 'relation' AND granted"
WAITING = "SELECT relation::regclass::text, mode FROM pg_locks WHERE pid = %s AND locktype = 'relation' AND NOT granted"


@dataclass
class Traced:
    """By relation: the strongest lock; and which were rewritten, read from end to end, or got an index built."""

    locks: dict[str, int] = field(default_factory=dict)
    rewritten: set[str] = field(default_factory=set)
    scanned: set[str] = field(default_factory=set)
    built: set[str] = field(default_factory=set)


def trace(session: Any, monitor: Any, sql: str, settings: str = "") -> Traced:
    """Run a statement in a transaction that is rolled back, and look at it before it ends."""
    import psycopg

    traced = Traced()
    pid = session.info.backend_pid
    with session.transaction() as transaction:
        if settings:
            session.execute(settings)
        before = {row[0]: row[1:] for row in session.execute(RELATIONS)}
        session.execute(sql)
        held = monitor.execute(HELD, (pid,)).fetchall()
        after = {row[0]: row[1:] for row in session.execute(RELATIONS)}
        for oid, mode in held:
            found = before.get(oid) or after.get(oid)
            if found is not None:
                traced.locks[found[0]] = max(MODES[mode], traced.locks.get(found[0], 0))
        compare(traced, before, after)
        raise psycopg.Rollback(transaction)
    return traced


def compare(traced: Traced, before: dict[int, tuple[Any, ...]], after: dict[int, tuple[Any, ...]]) -> None:
    names = {oid: row[0] for oid, row in after.items()} | {oid: row[0] for oid, row in before.items()}
    files = {row[2] for row in before.values() if row[1] == "i"}
    owner = {row[0]: names[oid] for oid, row in after.items()}
    for oid, (_, kind, file, read, table) in after.items():
        old = before.get(oid)
        if kind in ("r", "m") and old is not None and old[2] != file:
            traced.rewritten.add(names[oid])
        if kind in ("r", "m") and old is not None and read - old[3] >= ROWS:
            traced.scanned.add(names[oid])
        if kind == "i" and file not in files:
            traced.built.add(owner.get(table, table))


def requested_lock(connection_string: str, monitor: Any, sql: str, held_on: str) -> int:
    """The lock that a statement asks for, one that cannot run in a transaction: another session holds the table against it."""
    import psycopg

    with psycopg.connect(connection_string) as holder, psycopg.connect(connection_string, autocommit=True) as runner:
        holder.execute(f"LOCK TABLE {held_on} IN SHARE UPDATE EXCLUSIVE MODE")
        thread = threading.Thread(target=run_until_cancelled, args=(runner, sql))
        thread.start()
        try:
            while not (found := monitor.execute(WAITING, (runner.info.backend_pid,)).fetchall()):
                if not thread.is_alive():
                    raise AssertionError(f"{sql} waits for nothing")
        finally:
            monitor.execute("SELECT pg_cancel_backend(%s)", (runner.info.backend_pid,))
            thread.join()
    return max(MODES[mode] for _, mode in found)


def run_until_cancelled(connection: Any, sql: str) -> None:
    import psycopg

    try:
        connection.execute(sql)
    except psycopg.Error:
        return
