"""Shell scripts: what they call, with which variables, and where."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from advisor.model import ShellCommand, SourceText
from advisor.sources.shell_scripts import read_shell_script


def commands(text: str) -> tuple[ShellCommand, ...]:
    return read_shell_script(SourceText("scripts/backup.sh", text), "script").shell_commands


def test_a_line_is_a_command_at_its_place() -> None:
    first, second = commands('set -euo pipefail\n  pg_dump --file out "$DATABASE_URL"\n')
    assert first.text == "set -euo pipefail"
    assert (second.text, str(second.location)) == ('pg_dump --file out "$DATABASE_URL"', "scripts/backup.sh:2:3")
    assert second.location.end_column == 37
    assert [(value.text, str(value.location)) for value in second.interpolations] == [("$DATABASE_URL", "scripts/backup.sh:2:23")]


def test_continued_lines_are_one_command() -> None:
    (command,) = commands("pg_dump \\\n  --format=custom \\\n  --file out")
    assert command.runs("pg_dump")
    assert "--file out" in command.text
    assert (command.location.line, command.location.end_line) == (1, 3)


def test_comments_and_here_documents_call_nothing() -> None:
    found = commands("# pg_restore is for later\npsql <<'SQL'\npg_restore\nSQL\necho done # pg_restore\n")
    assert [command.text for command in found] == ["psql <<'SQL'", "echo done"]
    assert not any(command.runs("pg_restore") for command in found)


def test_a_variable_in_single_quotes_is_text() -> None:
    (command,) = commands("psql -c 'SELECT $HOME' ${URL:-none} \"$DB\"")
    assert [value.text for value in command.interpolations] == ["${URL:-none}", "$DB"]


def test_a_script_that_has_nothing_to_do_with_a_database_is_empty() -> None:
    assert commands("npm ci\nnpm test\n") == ()


def test_a_line_that_only_speaks_of_a_program_calls_nothing() -> None:
    script = """
    if ! command -v pg_dump > /dev/null; then
      echo "pg_dump of $URL is missing"
    fi
    log "Running pg_dump" && apt-get install -y pg_dump
    docker exec db bash -c "pg_dump app" > app.sql
    pg_dump app > x.sql || { echo "pg_dump failed"; exit 1; }
    """
    assert [line.location.line for line in commands(script) if line.runs("pg_dump")] == [6, 7]


@given(st.text(alphabet="psql \n\\'\"#<$EOF{}", max_size=60))
def test_any_text_is_read(text: str) -> None:
    for command in commands(f"psql\n{text}"):
        assert command.text
