"""Running rules: which are asked, what they are handed, and what is said of those that were not asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType

import pytest

from advisor.engine import run as running
from advisor.engine.registry import Category
from advisor.engine.run import NotRun, Run, run_rules
from advisor.engine.settings import Settings
from advisor.errors import ConfigurationError
from advisor.finding import Finding, Severity
from advisor.model import Database, Location, Name, Plan, Project, Queries, Schema, Table
from advisor.rule import Options, Rule, rule

AT = Location("schema.sql", 1, 1, 1, 2)
POSTS = Table(Name("public", "posts"), (), AT)
PROJECT = Project(databases=(Database("db", Schema((POSTS,))),))


@dataclass(frozen=True)
class Limits(Options):
    most: int = 3
    share: float = 0.5
    names: tuple[str, ...] = ()


@rule(severity=Severity.WARNING)
def every_table(table: Table, schema: Schema, limits: Limits) -> Iterator[Finding]:
    yield Finding(AT, f"{len(schema.tables)} {limits.most} {limits.share} {limits.names}", table.subject())


@rule(severity=Severity.ERROR)
def careless(table: Table) -> Iterator[Finding]:
    yield Finding(AT, "before it fails", table.subject())
    raise KeyError("oops")


@rule(severity=Severity.WARNING)
def with_queries(table: Table, queries: Queries) -> Iterator[Finding]:
    yield Finding(AT, str(queries), table.subject())


@rule(severity=Severity.WARNING)
def with_queries_if_any(table: Table, queries: Queries | None) -> Iterator[Finding]:
    yield Finding(AT, str(queries), table.subject())


@rule(severity=Severity.WARNING)
def every_plan(plan: Plan) -> Iterator[Finding]:
    yield Finding(plan.location, "m", "s")


@rule(severity=Severity.OFF)
def pedantic(table: Table) -> Iterator[Finding]:
    yield Finding(AT, "m", table.subject())


@rule(severity=Severity.WARNING)
def own_severity(table: Table) -> Iterator[Finding]:
    yield Finding(AT, "m", table.subject(), severity=Severity.INFO)


@rule(severity=Severity.WARNING)
def wants_the_moon(moon: complex) -> Iterator[Finding]:
    yield Finding(AT, str(moon), "s")


def ask(monkeypatch: pytest.MonkeyPatch, *rules: Rule, looks_at: tuple[type, ...] = (), **settings: object) -> Run:
    category = Category("mine", "mine", tuple(each.name for each in rules), looks_at)
    monkeypatch.setattr(running, "categories", lambda: (category,))
    monkeypatch.setattr(running, "load", lambda _: tuple(replace(each, category="mine") for each in rules))
    return run_rules(PROJECT, Settings(**settings))  # type: ignore[arg-type]


def test_a_rule_is_asked_once_for_each_fact_with_its_context_and_options(monkeypatch: pytest.MonkeyPatch) -> None:
    (finding,) = ask(monkeypatch, every_table).findings
    assert finding.message == "1 3 0.5 ()"
    assert (finding.rule, finding.severity, finding.database) == ("every-table", Severity.WARNING, "db")


def test_options_come_from_the_configuration_in_the_type_of_their_default(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"every-table": {"most": 7, "share": 1, "names": ["a"]}}
    (finding,) = ask(monkeypatch, every_table, rule_options=MappingProxyType(options)).findings
    assert finding.message == "1 7 1.0 ('a',)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mst": 1}, 'rules.every-table: no option is named "mst"; did you mean "most"?'),
        ({"most": "many"}, "rules.every-table.most: int expected, not str"),
        ({"most": True}, "rules.every-table.most: int expected, not bool"),
    ],
)
def test_a_wrong_option_is_an_error_that_says_what_is_wrong(
    options: dict[str, object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        ask(monkeypatch, every_table, rule_options={"every-table": options})
    assert str(raised.value) == message


def test_a_rule_that_fails_costs_itself_and_is_reported_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    run = ask(monkeypatch, careless, every_table)
    assert [each.rule for each in run.findings] == ["careless", "every-table"]
    (failure,) = run.failures
    assert failure.reason == "rule careless failed: KeyError: 'oops'"
    assert (failure.path, failure.location) == ("schema.sql", AT)


def test_a_rule_whose_facts_are_missing_is_not_run_and_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    run = ask(monkeypatch, every_plan, with_queries, with_queries_if_any)
    assert run.not_run == [
        NotRun("every-plan", "EXPLAIN output"),
        NotRun("with-queries", "queries in code with the schema they go to"),
    ]
    assert [each.message for each in run.findings] == ["None"]


def test_a_category_whose_facts_are_missing_is_not_even_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "categories", lambda: (Category("mine", "mine", ("every-plan",), (Plan,)),))
    monkeypatch.setattr(running, "load", lambda _: pytest.fail("loaded"))
    run = run_rules(PROJECT, Settings())
    assert run.not_run == [NotRun("every-plan", "EXPLAIN output")]


def test_a_rule_that_is_off_runs_where_it_is_selected_by_name_or_given_a_severity(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(monkeypatch, pedantic).findings == []
    assert ask(monkeypatch, pedantic, select=("mine",)).findings == []
    assert [each.severity for each in ask(monkeypatch, pedantic, select=("pedantic",)).findings] == [Severity.WARNING]
    assert [each.severity for each in ask(monkeypatch, pedantic, severity={"pedantic": Severity.ERROR}).findings] == [
        Severity.ERROR
    ]


def test_a_severity_of_the_configuration_goes_before_the_rules_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [each.severity for each in ask(monkeypatch, own_severity).findings] == [Severity.INFO]
    configured = ask(monkeypatch, own_severity, severity={"own-severity": Severity.ERROR})
    assert [each.severity for each in configured.findings] == [Severity.ERROR]
    assert ask(monkeypatch, own_severity, severity={"mine": Severity.OFF}).findings == []


def test_a_rule_that_asks_for_what_nobody_provides_is_an_error_that_lists_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError) as raised:
        ask(monkeypatch, wants_the_moon)
    assert "its first parameter must be annotated with a fact" in str(raised.value)
    assert "Table" in str(raised.value)
