"""auto_explain's entries in logs: every destination, every format, every prefix; the query and its duration with each plan."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from csv import QUOTE_MINIMAL, writer
from xml.sax.saxutils import escape

import pytest

from advisor.model import Plan, SourceText
from advisor.sources.explain import PlanReading, looks_like_plan, read_plans, to_json
from tests.sources.explain.plans import only_plan, tree

PLAIN = """\
Limit  (cost=0.27..8.29 rows=1 width=4) (actual time=0.031..0.032 rows=1 loops=1)
  ->  Index Scan using orders_pkey on orders  (cost=0.27..8.29 rows=1 width=4) (actual time=0.030..0.030 rows=1 loops=1)
        Index Cond: (id > 5)
        Filter: (note = 'it''s | x, [1-1]
	LOG:  no entry'::text)
"""
QUERY = "select 'a;b', note\n  from orders\n\n where note = 'it''s | \"x\", [1-1]\n\tLOG:  no entry'\n   and id > $1"
PARAMETERS = "$1 = '5', $2 = 'x''y'"
OTHER = "Result  (cost=0.00..0.26 rows=1 width=8) (actual time=0.303..0.303 rows=1 loops=1)\n"
PLAN = only_plan(PLAIN)
DURATION = 12.345

PREFIXES = [
    "",
    "2024-05-01 10:00:00.123 UTC [77] ",
    "2024-05-01 10:00:00 CEST [77]: [3-1] user=shop,db=shop,app=[unknown],client=10.0.0.1 ",
    "2024-05-01 10:00:00 UTC:10.0.0.1(54321):shop@shop:[77]:",
    "< 2024-05-01 10:00:00.123 CEST > ",
    "[77] shop@shop ",
    "1714557600.123 77 6632 ",
]


def in_text() -> str:
    return f"Query Text: {QUERY}\nQuery Parameters: {PARAMETERS}\n{PLAIN.rstrip()}"


def in_json() -> str:
    """As auto_explain writes it: one object, with the query first."""
    return json.dumps({"Query Text": QUERY, "Query Parameters": PARAMETERS, **to_json(PLAN)}, indent=2)


def in_yaml() -> str:
    index = PLAN.root.children[0]
    names = ("Node Type", "Startup Cost", "Total Cost", "Plan Rows", "Plan Width", "Actual Startup Time", "Actual Total Time")
    fields = [f"  {name}: {json.dumps(PLAN.root.fields[name])}" for name in (*names, "Actual Rows", "Actual Loops")]
    below = [
        f"{'    - ' if not number else '      '}{name}: {json.dumps(value)}"
        for number, (name, value) in enumerate(index.fields.items())
    ]
    head = [f"Query Text: {json.dumps(QUERY)}", f"Query Parameters: {json.dumps(PARAMETERS)}", "Plan:"]
    return "\n".join([*head, *fields, "  Parallel Aware: false", "  Plans:", *below])


def in_xml() -> str:
    def tag(name: str, value: object) -> str:
        shown = json.dumps(value) if isinstance(value, bool) else escape(str(value))
        return f"<{name.replace(' ', '-')}>{shown}</{name.replace(' ', '-')}>"

    def node(fields: dict[str, object]) -> str:
        return "".join(tag(name, value) for name, value in fields.items())

    root, index = PLAN.root, PLAN.root.children[0]
    plan = f"<Plan>{node(dict(root.fields))}<Plans><Plan>\n      {node(dict(index.fields))}\n</Plan></Plans></Plan>"
    told = f"  {tag('Query Text', QUERY)}\n  {tag('Query Parameters', PARAMETERS)}\n  {plan}"
    return f'<explain xmlns="http://www.postgresql.org/2009/explain">\n{told}\n  <Triggers></Triggers>\n</explain>'


FORMS = {"text": in_text, "json": in_json, "yaml": in_yaml, "xml": in_xml}
Log = Callable[[list[str]], str]
"""Messages as one kind of log."""


def stderr(prefix: str) -> Log:
    return lambda messages: "".join(f"{prefix}LOG:  {message}".replace("\n", "\n\t") + "\n" for message in messages)


def csvlog(messages: list[str]) -> str:
    out = io.StringIO()
    rows = writer(out, quoting=QUOTE_MINIMAL, lineterminator="\n")
    for number, message in enumerate(messages, 1):
        before = ["2024-05-01 10:00:00.123 UTC", "shop", "shop", 77, "[local]", "6632.4d", number, "SELECT", "", "3/4", 0]
        rows.writerow([*before, "LOG", "00000", message, *[""] * 8, "psql", "client backend", "", 0])
    return out.getvalue()


def jsonlog(messages: list[str]) -> str:
    rows = [{"timestamp": "2024-05-01 10:00:00.123 UTC", "pid": 77, "error_severity": "LOG", "message": text} for text in messages]
    return "".join(json.dumps(row | {"query_id": 0}, separators=(",", ":")) + "\n" for row in rows)


def syslog(messages: list[str], limit: int = 900) -> str:
    """Each line is a message of its own, and one that is too long is split between words."""
    out = []
    for number, message in enumerate(messages, 9):
        chunks: list[str] = []
        for line in f"LOG:  {message}".replace("\n", "\n\t").split("\n"):
            rest = line
            while len(rest) > limit:
                end = max(rest.rfind(" ", 0, limit), 0) or limit
                chunks.append(rest[:end])
                rest = rest[end:]
            chunks.append(rest)
        out += [f"May  1 10:00:0{part % 10} db1 postgres[77]: [{number}-{part}] {chunk}" for part, chunk in enumerate(chunks, 1)]
    return "\n".join(out).replace("\t", "#011") + "\n"


def each_line(before: str) -> Log:
    """A log of lines whose every line has something before it: containers, services, clouds."""
    plain = stderr("2024-05-01 10:00:00.123 UTC [77] ")
    return lambda messages: "".join(
        before.format(number % 10) + line + "\n" for number, line in enumerate(plain(messages).splitlines())
    )


def docker_json(messages: list[str]) -> str:
    lines = stderr("2024-05-01 10:00:00.123 UTC [77] ")(messages).splitlines()
    return "".join(json.dumps({"log": f"{line}\n", "stream": "stderr", "time": "2024-05-01T10:00:00Z"}) + "\n" for line in lines)


LOGS: dict[str, Log] = {
    **{f"stderr {prefix!r}": stderr(prefix) for prefix in PREFIXES},
    "csvlog": csvlog,
    "jsonlog": jsonlog,
    "syslog": syslog,
    "syslog with split lines": lambda messages: syslog(messages, 60),
    "a container's log": each_line("2024-05-01T10:00:0{}.123456789Z "),
    "a pod's log": each_line("2024-05-01T10:00:0{}.123456789Z stderr F "),
    "a service's log": each_line("db-1  | "),
    "a container's log of JSON": docker_json,
    "a log of JSON with a prefix": lambda messages: "".join(f"app[1]: {line}\n" for line in jsonlog(messages).splitlines()),
}


def messages(*plans: str) -> list[str]:
    """A log with other entries around those with plans."""
    found = ["database system is ready to accept connections"]
    for plan in plans:
        found += [
            "duration: 0.124 ms",
            f"duration: {DURATION:.3f} ms  plan:\n{plan}",
            "statement: select 'plan: (nothing'\n from x",
        ]
    return found


def read(text: str) -> PlanReading:
    return read_plans(SourceText("postgresql.log", text))


def without_problems(text: str) -> list[Plan]:
    found = read(text)
    assert [f"{problem.location}: {problem.reason}" for problem in found.problems] == []
    return list(found.plans)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", LOGS)
def test_a_plan_in_a_log_is_read_with_its_query_and_duration(name: str, form: str) -> None:
    log = LOGS[name](messages(FORMS[form]()))
    assert looks_like_plan(log)
    [plan] = without_problems(log)
    assert plan.statement == QUERY
    assert plan.fields["Query Parameters"] == PARAMETERS
    assert plan.fields["Duration"] == DURATION
    assert (plan.execution_time, plan.elapsed) == (DURATION, DURATION)
    if form in ("text", "json"):
        assert tree(plan)[1] == tree(PLAN)[1]
    else:
        assert [node.fields.get("Filter") for node in plan.walk()] == [node.fields.get("Filter") for node in PLAN.walk()]


@pytest.mark.parametrize("name", LOGS)
def test_each_plan_of_a_log_has_its_own_query_and_place(name: str) -> None:
    log = LOGS[name](messages(in_text(), f"Query Text: select f()\n{OTHER.rstrip()}", in_text()))
    first, second, third = without_problems(log)
    assert [first.statement, second.statement, third.statement] == [QUERY, "select f()", QUERY]
    assert tree(first) == tree(third)
    assert second.root.type == "Result"
    assert first.location < second.location < third.location
    source = SourceText("postgresql.log", log)
    for plan in (first, second, third):
        start = source.offset(plan.root.location.line, plan.root.location.column)
        assert log[start:].startswith(plan.root.type)


def test_what_a_function_ran_is_no_part_of_the_plan_above_it() -> None:
    context = '2024-05-01 10:00:00.123 UTC [77] CONTEXT:  SQL statement "select 1"\n\tPL/pgSQL function f() line 1 at RETURN\n'
    log = stderr("2024-05-01 10:00:00.123 UTC [77] ")(messages(in_text())[:3]) + context
    [plan] = without_problems(log)
    assert tree(plan)[1] == tree(PLAN)[1]


def test_the_duration_is_told_without_analyze_and_printed_times_come_first() -> None:
    estimated = "Seq Scan on orders  (cost=0.00..11.50 rows=500 width=29)"
    [plan] = without_problems(stderr("")([f"duration: 7.000 ms  plan:\nQuery Text: select 1\n{estimated}"]))
    assert (plan.execution_time, plan.elapsed) == (7.0, 7.0)
    [plan] = without_problems(stderr("")([f"duration: 7.000 ms  plan:\nQuery Text: select 1\n{OTHER}Execution Time: 6.500 ms"]))
    assert plan.execution_time == 6.5


def test_a_plan_that_is_cut_off_at_the_end_of_a_log_says_so() -> None:
    log = stderr("2024-05-01 10:00:00.123 UTC [77] ")([f"duration: 7.000 ms  plan:\n{in_text()}"])
    found = read(log[: log.index("Filter")] + "Filt")
    assert [problem.reason for problem in found.problems]


@pytest.mark.parametrize("cut", ['"Parallel Aware"', '"Plans"', '"Index Cond"'])
def test_a_json_plan_that_is_cut_off_says_so(cut: str) -> None:
    for log in (csvlog, jsonlog, stderr("")):
        text = log([f"duration: 7.000 ms  plan:\n{in_json()}"])
        marks = (cut, cut.replace('"', '""'), cut.replace('"', '\\"'))
        found = read(text[: next(text.index(mark) for mark in reversed(marks) if mark in text)])
        assert found.problems, (log, cut)


@pytest.mark.parametrize(
    "text",
    [
        stderr("2024-05-01 10:00:00.123 UTC [77] ")(["duration: 12.3 ms", "statement: select 1"]),
        csvlog(["duration: 12.3 ms", "checkpoint starting: time"]),
        jsonlog(["duration: 12.3 ms  statement: select * from plan"]),
        syslog(["could not receive data from client"]),
        '{"level":"info","message":"the plan: none"}\n' * 3,
    ],
    ids=["stderr", "csvlog", "jsonlog", "syslog", "application"],
)
def test_a_log_without_a_plan_says_so(text: str) -> None:
    assert not looks_like_plan(text)
    found = read(text)
    assert found.plans == ()
    assert len(found.problems) == 1


def test_the_reason_names_what_would_log_plans() -> None:
    [problem] = read("2024-05-01 10:00:00.123 UTC [77] LOG:  duration: 12.3 ms\n").problems
    assert "auto_explain" in problem.reason


def test_a_long_log_is_read_to_its_end() -> None:
    prefix = "2024-05-01 10:00:00.123 UTC [77] "
    filler = f"{prefix}LOG:  connection received: host=10.0.0.1 port=5432\n" * 200
    plans = without_problems((filler + stderr(prefix)(messages(in_text()))) * 100)
    assert len(plans) == 100
    assert {plan.statement for plan in plans} == {QUERY}


def test_an_entry_without_its_plan_is_told() -> None:
    plain = stderr("2024-05-01 10:00:00.123 UTC [77] ")
    log = plain(["duration: 5000.000 ms  plan:\nQuery Text: select 1"]) + plain(messages(in_text())[1:])
    found = read(log)
    assert len(found.plans) == 1
    assert [(problem.reason, problem.location.line if problem.location else 0) for problem in found.problems] == [
        ("no plan was found in this entry", 1)
    ]


@pytest.mark.parametrize("name", ["jsonlog", "csvlog"])
def test_an_entry_that_is_cut_is_told(name: str) -> None:
    whole = LOGS[name](messages(in_text(), in_text()))
    last = whole.rindex(" ms  plan:")
    found = read(whole[: last + 400])
    assert any("cut off" in problem.reason for problem in found.problems)


def test_parameters_are_no_yaml_where_a_query_says_plan() -> None:
    text = in_text().replace(QUERY, QUERY + " /* Plan: basic */")
    [plan] = without_problems(stderr("")(messages(text)))
    assert plan.fields["Query Parameters"] == PARAMETERS
