"""The table of effects against another version of PostgreSQL. In: the folder of its binaries, its major version. Out: what differs.

    python scripts/trace_effects.py /usr/lib/postgresql/15/bin 15

Statements that the version does not have are counted and named.
"""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))

from advisor.model import SourceText
from advisor.sandbox.server import running_postgres
from advisor.sources.sql import read_sql
from tests.model.migration.test_effects import STATEMENTS, compare_with_server
from tests.model.migration.tracing import SETUP

IN_PLACE_TABLESPACES = 15


def setup_for(version: int) -> str:
    """The set-up without what version 18 brought."""
    if version >= 18:
        return SETUP
    plain = SETUP.replace(" GENERATED ALWAYS AS (id * 2) VIRTUAL", "").replace(" GENERATED ALWAYS AS (3) VIRTUAL", "")
    return "\n".join(line for line in plain.splitlines() if "NOT ENFORCED" not in line and "c_not_null" not in line)


def main(binaries: str, version: int) -> None:
    setup, unknown = setup_for(version), []
    schema = read_sql([SourceText("setup.sql", setup)]).schema
    same = different = 0
    with (
        running_postgres(Path(binaries)) as server,
        psycopg.connect(server, autocommit=True) as session,
        psycopg.connect(server, autocommit=True) as monitor,
    ):
        if version >= IN_PLACE_TABLESPACES:
            session.execute("SET allow_in_place_tablespaces = on")
            session.execute("CREATE TABLESPACE elsewhere LOCATION ''")
        session.execute(setup)
        for sql in STATEMENTS:
            try:
                compare_with_server(sql, (session, monitor), schema, version)
                same += 1
            except psycopg.Error as error:
                unknown.append(f"{sql}: {str(error).splitlines()[0]}")
            except AssertionError as difference:
                different += 1
                print(f"{sql}: {str(difference).splitlines()[0]}")
    print(f"PostgreSQL {version}: {same} statements as in the table, {different} differ, {len(unknown)} are not possible there")
    print("\n".join(f"  {line}" for line in unknown))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
