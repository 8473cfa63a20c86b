"""The configuration file: what it may say, and how it is told that it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.engine.configuration import load_settings
from advisor.engine.locate import find_configuration
from advisor.errors import ConfigurationError
from advisor.finding import Severity


def settings_of(text: str, folder: Path, name: str = "advisor.toml") -> object:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def test_every_key_is_read(tmp_path: Path) -> None:
    settings = load_settings(
        write(
            tmp_path / "advisor.toml",
            """
            postgres_version = 16
            select = ["indexes"]
            ignore = ["duplicate-index"]
            severity = { unindexed-foreign-key = "error" }
            [per-path-ignores]
            "scripts/**" = ["orm"]
            [rules.slow-sequential-scan]
            min_rows = 1
            [assumptions]
            replicas = 2
            rows = { posts = 1000 }
            [requirements]
            rpo = "5 minutes"
            """,
        )
    )
    assert (settings.postgres_version, settings.select, settings.ignore) == (16, ("indexes",), ("duplicate-index",))
    assert settings.severity == {"unindexed-foreign-key": Severity.ERROR}
    assert settings.per_path_ignores == {"scripts/**": ("orm",)}
    assert settings.assumptions["replicas"] == 2
    assert settings.requirements["rpo"] == "5 minutes"


def write(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("slect = []", 'no key is named "slect"; did you mean "select"?'),
        ("[assumptions]\nreplica = 2", 'no key is named "replica"; did you mean "replicas"? (in [assumptions])'),
        ('select = ["unindexed-foriegn-key"]', 'no rule is named "unindexed-foriegn-key"; did you mean "unindexed-foreign-key"?'),
        ('severity = { duplicate-index = "loud" }', "severity.duplicate-index"),
        ("postgres_version = 9", "postgres_version"),
        ('postgres_version = "16"', "postgres_version"),
        ("select = [", "is not TOML"),
        ("select = " + "[" * 5000, "is nested too deeply"),
        ("[rules.slow-sequential-scan]\nmin_tme = 5", 'no option is named "min_tme"; did you mean "min_time"?'),
        ('[rules.slow-sequential-scan]\nmin_time = "5"', "rules.slow-sequential-scan.min_time: float expected, not str"),
        ("[rules.unindexed-foreign-key]\nx = 1", "rules.unindexed-foreign-key: this rule has no options"),
        ("[rules.plans]\nx = 1", '"plans" is a category; its rules are bitmap-and, '),
        ('[per-path-ignores]\n"[z-a]" = ["indexes"]', "per-path-ignores: [z-a] is no pattern"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_the_nearest_name(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        settings_of(text, tmp_path)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value).split("is not TOML")[0]


def test_pyproject_counts_where_it_has_a_table_of_ours(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    inner = tmp_path / "inner"
    inner.mkdir()
    write(inner / "pyproject.toml", "[project]\nname = 'x'\n")
    assert find_configuration(inner) is None
    outer = write(tmp_path / "pyproject.toml", "[tool.advisor]\nignore = ['indexes']\n")
    assert find_configuration(inner) == outer
    assert load_settings(outer).ignore == ("indexes",)


def test_a_file_above_the_repository_is_not_ours(tmp_path: Path) -> None:
    write(tmp_path / "advisor.toml", "")
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    assert find_configuration(tmp_path / "repo") is None


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "advisor.toml").write_bytes(b"\xef\xbb\xbfpostgres_version = 16\n")
    assert load_settings(tmp_path / "advisor.toml").postgres_version == 16


def test_a_tool_table_of_another_shape_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"tool\.advisor must be a table"):
        settings_of("[tool]\nadvisor = 5\n", tmp_path, "pyproject.toml")
