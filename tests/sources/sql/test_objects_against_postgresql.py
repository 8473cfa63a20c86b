"""Any sequence of statements about functions, triggers, policies, privileges, ... leaves what it leaves in PostgreSQL."""

from __future__ import annotations

from hypothesis import given

from advisor.model import SourceText
from advisor.sources.sql import read_sql
from tests.profiles import against_server
from tests.sources.sql.generated_objects import object_scripts
from tests.sources.sql.nested import differences
from tests.sources.sql.objects_oracle import facts_of, on_server, scratch_database
from tests.sources.sql.test_against_postgresql import is_accepted


@against_server(20)
@given(script=object_scripts)
def test_any_sequence_leaves_what_it_leaves_in_postgresql(script: list[str], throwaway_postgres: str) -> None:
    with scratch_database(throwaway_postgres) as connection:
        accepted = [statement for statement in script if is_accepted(connection, statement)]
        theirs = facts_of(on_server(connection))
    text = ";\n".join(accepted)
    reading = read_sql([SourceText("script.sql", text)])
    assert reading.problems == (), text
    found = differences(facts_of(reading.schema), theirs)
    assert not found, "\n".join(found) + "\n" + text
