"""What does not matter to PostgreSQL does not matter to a rule: layout, comments, letter case, order, names, what stands beside."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pglast.parser import Token, scan

from advisor.engine.registry import all_rules
from advisor.engine.review import review
from advisor.finding import Finding
from advisor.model import SourceText
from advisor.rule import Example, Rule
from advisor.sources.sql.text.statements import Statement, read_statements
from tests.profiles import against_server
from tests.rules.spoken import write_example

CASES = [
    (rule, example)
    for rule in all_rules()
    for example in (*rule.bad, *rule.good)
    if example.files and all(path.endswith(".sql") for path in example.files)
]
ALONE = {"non-idempotent-statement", "split-alter-table", "unqualified-table"}
"""Rules for which it matters what stands beside a statement."""
PAUSES = (" ", "\n", "\n\n    ", "\t", " /* so it is */ ", "\n-- a note\n")
COMMENTS = ("SQL_COMMENT", "C_COMMENT")
UNRELATED = "CREATE TABLE beside_the_point (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"

cases = st.sampled_from(CASES)


def findings_in(rule: Rule, files: dict[str, str]) -> list[Finding]:
    with TemporaryDirectory() as folder:
        write_example(Example(files), Path(folder))
        result = review(folder, select=[rule.name])
        assert [lost.reason for lost in result.skipped if lost.kind == "failed"] == []
        found = [finding for finding in result.findings if finding.rule == rule.name]
        return [replace(finding, subject=finding.subject.replace(folder, "")) for finding in found]


def said(findings: list[Finding]) -> Counter[tuple[str, ...]]:
    return Counter((one.message, one.subject, one.confidence.value) for one in findings)


def respelled(text: str, pauses: list[str], upper: list[bool]) -> str:
    """Other blanks between the tokens, comments among them, and keywords and unquoted names in another case."""
    written, end, tokens = "", 0, scan(text)
    for number, token in enumerate(tokens):
        gap, word = text[end : token.start], text[token.start : token.end + 1]
        beside_comment = token.name in COMMENTS or (number > 0 and tokens[number - 1].name in COMMENTS)
        written += pauses[number % len(pauses)] if gap and not gap.strip() and number and not beside_comment else gap
        written += (word.upper() if upper[number % len(upper)] else word.lower()) if has_no_case(token, word) else word
        end = token.end + 1
    return written + text[end:]


def has_no_case(token: Token, word: str) -> bool:
    return token.kind != "NO_KEYWORD" or (token.name == "IDENT" and word.isidentifier())


@against_server(150)
@given(
    case=cases,
    pauses=st.lists(st.sampled_from(PAUSES), min_size=1, max_size=7),
    upper=st.lists(st.booleans(), min_size=1, max_size=5),
)
def test_layout_comments_and_case_change_nothing(case: tuple[Rule, Example], pauses: list[str], upper: list[bool]) -> None:
    rule, example = case
    other = {path: respelled(text, pauses, upper) for path, text in example.files.items()}
    assert said(findings_in(rule, other)) == said(findings_in(rule, dict(example.files)))


@against_server(150)
@given(case=cases, number=st.integers(0, 20))
def test_an_unrelated_table_beside_it_changes_nothing(case: tuple[Rule, Example], number: int) -> None:
    rule, example = case
    path, text = list(example.files.items())[-1]
    ends = [statement.location for statement in read_statements(SourceText(path, text)) if isinstance(statement, Statement)]
    if not ends or "+goose" in text or rule.name in ALONE:
        return
    source = SourceText(path, text)
    place = ends[number % len(ends)]
    offset = sum(len(source.line(line)) + 1 for line in range(1, place.line)) + place.column - 1
    other = {**example.files, path: f"{text[:offset]}{UNRELATED}\n{text[offset:]}"}
    before, after = findings_in(rule, dict(example.files)), findings_in(rule, other)
    told = [one for one in after if "beside_the_point" not in one.subject]
    assert Counter(one.confidence for one in told) == Counter(one.confidence for one in before)


@against_server(150)
@given(case=cases, order=st.randoms(use_true_random=False))
def test_the_order_of_indexes_changes_nothing(case: tuple[Rule, Example], order: object) -> None:
    rule, example = case
    if any("PARTITION OF" in text for text in example.files.values()):
        return  # the index of a partitioned table takes the partition's for its own where that is there before
    other = {path: with_indexes_shuffled(path, text, order) for path, text in example.files.items()}
    assert len(findings_in(rule, other)) == len(findings_in(rule, dict(example.files)))


def with_indexes_shuffled(path: str, text: str, order: object) -> str:
    """Runs of CREATE INDEX in another order: each on its own line in the examples."""
    blocks = re.split(r"((?:^\s*CREATE (?:UNIQUE )?INDEX [^;]*;[^\S\n]*\n?)+)", text, flags=re.MULTILINE)
    for number in range(1, len(blocks), 2):
        lines = re.findall(r"\s*CREATE (?:UNIQUE )?INDEX [^;]*;", blocks[number])
        order.shuffle(lines)  # type: ignore[attr-defined]
        blocks[number] = "\n".join(line.strip() for line in lines) + "\n"
    return "".join(blocks)


@against_server(150)
@given(case=cases, name=st.sampled_from(("zebras", "oxen_2", "x")))
def test_another_name_of_a_table_changes_the_name_alone(case: tuple[Rule, Example], name: str) -> None:
    rule, example = case
    if rule.category not in ("migrations", "indexes"):
        return
    text = "\n".join(example.files.values())
    words = Counter(text[token.start : token.end + 1] for token in scan(text) if token.name == "IDENT")
    tables = [word for word in words if re.search(rf"CREATE TABLE {word}\b", text) and not shares_its_name(word, words)]
    for table in tables[:1]:
        other = {path: re.sub(rf"\b{table}\b", name, text) for path, text in example.files.items()}
        after, before = findings_in(rule, other), findings_in(rule, dict(example.files))
        assert Counter(one.confidence for one in after) == Counter(one.confidence for one in before)


def shares_its_name(table: str, words: Counter[str]) -> bool:
    """Whether names that PostgreSQL makes of the table's (`posts_pkey`) are written out, or something else is called so."""
    return any(word != table and table in word for word in words)
