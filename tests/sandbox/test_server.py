"""The throw-away server: it is there for a block, and nothing of it stays."""

from __future__ import annotations

import stat
from pathlib import Path

import psycopg
import pytest

from advisor.sandbox.server import find_binaries, running_postgres

BINARIES = find_binaries()


@pytest.mark.skipif(BINARIES is None, reason="no PostgreSQL binaries")
def test_a_server_starts_from_a_template_and_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert BINARIES is not None
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for _ in range(2):
        with running_postgres(BINARIES, {"work_mem": "5MB"}) as place:
            folder = Path(place.partition("host=")[2].partition(" ")[0])
            with psycopg.connect(place) as connection:
                assert connection.execute("SHOW work_mem").fetchone() == ("5MB",)
                assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
        assert not folder.exists()
        (template,) = (tmp_path / "db-advisor").iterdir()
        assert (template / "PG_VERSION").is_file()


@pytest.mark.skipif(BINARIES is None, reason="no PostgreSQL binaries")
def test_a_cache_that_cannot_be_written_costs_time_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert BINARIES is not None
    (tmp_path / "db-advisor").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with running_postgres(BINARIES) as place, psycopg.connect(place) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
