"""Many files of code at once: several processes and the cache change how fast they are read, and nothing else."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from threading import Thread

import pytest

from advisor.model import SourceText
from advisor.sources import code_readings
from advisor.sources.code_readings import CodeReader, CodeText, reading_of
from advisor.sources.reading_cache import DAYS_KEPT, FILE_NAME, ReadingCache, cache_folder, key_of
from advisor.sources.typescript import CodeReading

CODE = """
import { prisma } from './db'
export async function load%d(ids: string[]) {
  for (const id of ids) { await prisma.user.findUnique({ where: { id } }) }
  await prisma.$queryRaw`SELECT id FROM users WHERE id = ${ids[0]}`
}
"""


def texts(count: int = 4) -> list[CodeText]:
    return [CodeText(SourceText(f"src/{number}.ts", CODE % number), "application") for number in range(count)]


def test_a_reading_holds_the_queries_of_calls_and_of_sql() -> None:
    (text,) = texts(1)
    assert [query.origin for query in reading_of(text).queries] == ["prisma", "sql"]


def test_the_sql_of_a_migration_in_code_is_left_to_its_statements() -> None:
    (text,) = texts(1)
    reading = reading_of(CodeText(text.source, "migration", is_migration=True))
    assert reading.file.raw_sql == ()
    assert [query.origin for query in reading.queries] == ["prisma"]


def test_readings_are_the_same_in_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_readings, "WORTH_PROCESSES", 1)
    with CodeReader(2) as reader:
        assert list(reader.read(texts(20))) == [reading_of(text) for text in texts(20)]
        assert reader._pool is not None


def test_little_code_is_read_without_other_processes() -> None:
    with CodeReader(2) as reader:
        list(reader.read(texts()))
        assert reader._pool is None


def test_where_a_process_dies_this_one_reads_the_rest() -> None:
    def dying() -> Iterator[bytes]:
        yield code_readings.encoded_reading_of(texts()[0])
        raise BrokenProcessPool

    assert list(CodeReader(2)._or_here(dying(), texts())) == [reading_of(text) for text in texts()]


def test_what_was_read_once_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = list(CodeReader(cache=ReadingCache(tmp_path)).read(texts()))
    monkeypatch.setattr(code_readings, "reading_of", lambda _text: pytest.fail("read again"))
    assert list(CodeReader(cache=ReadingCache(tmp_path)).read(texts())) == first


def test_only_changed_files_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list(CodeReader(cache=ReadingCache(tmp_path)).read(texts()))
    changed = [*texts(3), CodeText(SourceText("src/3.ts", "export const nothing = 1\n"), "application")]
    asked: list[str] = []

    def noted(text: CodeText) -> CodeReading:
        asked.append(text.source.path)
        return reading_of(text)

    monkeypatch.setattr(code_readings, "reading_of", noted)
    assert list(CodeReader(cache=ReadingCache(tmp_path)).read(changed)) == [reading_of(text) for text in changed]
    assert asked == ["src/3.ts"]


@pytest.mark.parametrize("other", [("src/b.ts", "application", "x"), ("src/a.ts", "test", "x"), ("src/a.ts", "application", "y")])
def test_path_role_and_text_are_what_a_reading_is_found_by(other: tuple[str, str, str]) -> None:
    assert key_of("src/a.ts", "application", "x") != key_of(*other)
    assert key_of("ab", "c") != key_of("a", "bc")


def test_a_damaged_cache_is_thrown_away_and_made_anew(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("this is no database, and long enough to look like one\n" * 100)
    expected = [reading_of(text) for text in texts()]
    assert list(CodeReader(cache=ReadingCache(tmp_path)).read(texts())) == expected
    assert list(CodeReader(cache=ReadingCache(tmp_path)).read(texts())) == expected
    assert len(ReadingCache(tmp_path).find([text.key for text in texts()])) == len(texts())


def test_a_damaged_reading_is_read_anew(tmp_path: Path) -> None:
    cache = ReadingCache(tmp_path)
    cache.save({text.key: b"\x93damaged" for text in texts()})
    assert list(CodeReader(cache=cache).read(texts())) == [reading_of(text) for text in texts()]


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = ReadingCache(tmp_path / "file" / "cache")
    assert list(CodeReader(cache=cache).read(texts())) == [reading_of(text) for text in texts()]


def test_a_cache_that_another_run_holds_is_left_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("advisor.sources.reading_cache.SECONDS_WAITED", 0.01)
    ReadingCache(tmp_path).save({b"one": b"1"})
    holder = sqlite3.connect(tmp_path / FILE_NAME)
    holder.execute("BEGIN EXCLUSIVE")
    ReadingCache(tmp_path).save({b"two": b"2"})
    assert ReadingCache(tmp_path).find([b"one"]) == {}
    holder.rollback()
    holder.close()
    assert ReadingCache(tmp_path).find([b"one", b"two"]) == {b"one": b"1"}


def test_runs_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    def save(run: int) -> None:
        for number in range(10):
            ReadingCache(tmp_path).save({f"{run}.{number}".encode(): b"content"})

    runs = [Thread(target=save, args=(run,)) for run in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    keys = [f"{run}.{number}".encode() for run in range(4) for number in range(10)]
    assert len(ReadingCache(tmp_path).find(keys)) == len(keys)


def test_what_nobody_asks_for_is_forgotten(tmp_path: Path) -> None:
    ReadingCache(tmp_path).save({b"asked for": b"1", b"not": b"2"})
    later = ReadingCache(tmp_path)
    later._today += DAYS_KEPT
    assert set(later.find([b"asked for"])) == {b"asked for"}
    much_later = ReadingCache(tmp_path)
    much_later._today += DAYS_KEPT + 1
    much_later.save({b"new": b"3"})
    assert set(much_later.find([b"asked for", b"not", b"new"])) == {b"asked for", b"new"}


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_nobody_else_may_look_into_the_cache(tmp_path: Path) -> None:
    ReadingCache(tmp_path / "cache").save({b"one": b"1"})
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0


def test_the_cache_lies_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_CACHE_DIR", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("ADVISOR_CACHE_DIR")
    assert "db-advisor" in str(cache_folder())
