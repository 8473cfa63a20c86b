"""What a change of type costs: every pair of the types below on a server, and what the model says of it."""

from __future__ import annotations

from typing import NamedTuple

import psycopg
import pytest

from advisor.model.migration.type_changes import between_timestamps, rebuilds_indexes, work_of_type_change

TYPES = (
    "smallint", "integer", "bigint", "real", "numeric", "numeric(10,2)", "numeric(12,2)", "numeric(12,4)", "numeric(8,2)",
    "text", "character varying", "character varying(10)", "character varying(20)", "character(10)", "character(20)", "name",
    "citext",
    "bit(8)", "bit(16)", "bit varying", "bit varying(8)", "bit varying(16)",
    "timestamp without time zone", "timestamp(3) without time zone", "timestamp(6) without time zone",
    "timestamp(1) without time zone",
    "timestamp with time zone", "timestamp(3) with time zone", "timestamp(6) with time zone",
    "time without time zone", "time(3) without time zone", "time(6) without time zone", "time with time zone",
    "time(3) with time zone", "date", "uuid", "json", "jsonb", "xml", "bytea", "inet", "cidr", "oid", "regclass", "boolean",
    "text[]", "character varying[]", "character varying(9)[]", "integer[]", "bigint[]",
)  # fmt: skip

TRACE = """
CREATE FUNCTION pg_temp.trace(types text[]) RETURNS TABLE (was text, becomes text, zone text, rewritten bool, rebuilt bool)
LANGUAGE plpgsql AS $$
DECLARE tables oid; indexes oid;
BEGIN
  FOREACH was IN ARRAY types LOOP
    EXECUTE format('CREATE TEMP TABLE traced (it %s)', was);
    IF was NOT IN ('json', 'xml') THEN CREATE INDEX traced_it ON traced (it); END IF;
    tables := pg_relation_filenode('traced'); indexes := pg_relation_filenode(to_regclass('traced_it'));
    FOREACH becomes IN ARRAY types LOOP
      FOREACH zone IN ARRAY ARRAY['UTC', 'Europe/Berlin'] LOOP
        PERFORM set_config('TimeZone', zone, false);
        rewritten := NULL;
        BEGIN
          EXECUTE format('ALTER TABLE traced ALTER it TYPE %s', becomes);
          rewritten := pg_relation_filenode('traced') <> tables;
          rebuilt := pg_relation_filenode(to_regclass('traced_it')) <> indexes;
          RAISE EXCEPTION 'undone';
        EXCEPTION WHEN others THEN NULL;  -- undone, or refused: there is no such cast, or the new type has no order
        END;
        IF rewritten IS NOT NULL THEN RETURN NEXT; END IF;
      END LOOP;
    END LOOP;
    DROP TABLE traced;
  END LOOP;
END $$
"""


class Change(NamedTuple):
    """What a server did: `work` on the table, and whether an index was built anew."""

    was: str
    becomes: str
    work: str
    rebuilt: bool


def traced(connection: psycopg.Connection) -> list[Change]:
    """Each change of type that a server takes."""
    connection.execute("CREATE EXTENSION IF NOT EXISTS citext")
    connection.execute(TRACE)
    rows = connection.execute("SELECT * FROM pg_temp.trace(%s)", [list(TYPES)]).fetchall()
    connection.execute("DROP EXTENSION citext")
    in_utc = {(was, becomes): (rewritten, rebuilt) for was, becomes, zone, rewritten, rebuilt in rows if zone == "UTC"}
    elsewhere = {(was, becomes): rewritten for was, becomes, zone, rewritten, _ in rows if zone != "UTC"}
    return [
        Change(*types, "rewrite" if rewritten else "by time zone" if elsewhere[types] else "none", bool(rebuilt))
        for types, (rewritten, rebuilt) in in_utc.items()
    ]


def differences(changes: list[Change]) -> list[str]:
    """Where the model says otherwise. Whether an index is built anew counts where the table is not."""
    found = []
    for was, becomes, work, rebuilt in changes:
        if work_of_type_change(was, becomes) != work:
            found.append(f"{was} to {becomes}: {work} on the server, {work_of_type_change(was, becomes)} here")
        elif work == "none" and rebuilds_indexes(was, becomes) != rebuilt:
            found.append(f"{was} to {becomes}: an index is {'' if rebuilt else 'not '}built anew on the server")
    return found


def test_a_change_of_type_costs_what_it_costs_on_a_server(throwaway_postgres: str) -> None:
    with psycopg.connect(throwaway_postgres, autocommit=True) as connection:
        changes = traced(connection)
    assert len(changes) > 380
    assert differences(changes) == []


def test_moments_and_what_clocks_showed() -> None:
    moment, clock = "timestamp(3) with time zone", "timestamp without time zone"
    assert between_timestamps(moment, clock)
    assert between_timestamps(clock, moment)
    assert not between_timestamps(moment, "timestamp with time zone")
    assert not between_timestamps("time without time zone", moment)
    assert not between_timestamps(None, moment)


@pytest.mark.parametrize("old", [None, ""])
def test_of_an_unknown_type_the_worst_is_said(old: str | None) -> None:
    assert work_of_type_change(old, "text") == "rewrite"


def test_an_index_over_an_unknown_type_is_built_anew() -> None:
    assert rebuilds_indexes(None, "text")
