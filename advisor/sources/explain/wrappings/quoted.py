"""Plans between quotes: rows as a driver or a REPL prints them, exports to CSV and SQL, a document within a string.

Each function takes the lines and gives the text with such strings as the lines that they stand for, or None where there are none.
A string belongs to a plan's own text unless nothing but the punctuation of rows stands between it and the ends of its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from advisor.model import SourceText
from advisor.sources.explain.details import EXPRESSIONS
from advisor.sources.explain.paste import HEADER, Lines
from advisor.sources.explain.wrappings.borders import runs
from advisor.sources.explain.wrappings.pieces import Builder, holds_plan

NODE = (
    r"(?:Parallel )?(?:Seq|Index|Bitmap|CTE|Function|Subquery|Values|Foreign|Custom|Tid|Sample|WorkTable) [A-Z]|"
    r"(?:Partial |Finalize )?(?:Hash|Group|Mixed)?Aggregate|Hash(?: \w+){0,2} Join|Merge(?: \w+){0,2} Join|Nested Loop|Limit|"
    r"(?:Incremental )?Sort|Unique|(?:Merge )?Append|Result|WindowAgg|Gather|ProjectSet|LockRows|(?:Insert|Update|Delete|Merge) on "
)
BEGINNING = (
    r"(?:\s|\\[nrt])*(?:(?:->  )?[A-Z][^\n\"'`\\]{0,200}?(?:\"[^\n]{0,80}?|\\\"[^\n]{0,80}?)?\((?:cost=\d|actual [tr]|never ex)"
    rf"|(?:{NODE})"
    r"|[\[{](?:\s|\\[nrt]|[\[{])*\\?[\"']{1,2}(?:Plan|Node Type|Query Text|QUERY PLAN)\\?[\"']"
    r"|<explain|(?:- )?Plan:(?:\s|\\[nr])|(?:- )?(?:Query Text|Query Identifier): \\?\")"
)
"""How a plan begins within a string: a node, or a document."""
KEY = r"(?:[\"'`]?\b(?i:QUERY[ _]PLAN)[\"'`]?[ \t]*(?:=>|[:=,])\s*)"
NAMES = r"(?:(?:Real(?:Dict)?|Dict|Typed|Array)?Row(?:Mapping)?|RealDictRow|OrderedDict|Record|dict|tuple|list|Array|Object)\b"
GLUE = re.compile(rf"(?:[\s,;()\[\]{{}}<>+]|=>|{NAMES}|{KEY}|\d+:\s|\[\d+\])*")
"""What may stand between the strings of rows, whatever the language."""
BEFORE = re.compile(rf"(?:^|(?<=[=:>(\s]))(?:[ \t,()\[\]{{}}<]|{NAMES}|{KEY})*$")
"""What stands before the first of them on its line, to be taken off."""
CONTEXT = re.compile(r"[^\"'`]{0,120}$|.{0,2000}[\"'`\w)\]]\s*(?:=>|[:=])[\s\[({]*$", re.DOTALL)
"""What may stand before that: an assignment, a prompt, the head of an object."""
OWN_STRINGS = re.compile(rf"[ \t>|]*(?:(?:{'|'.join(sorted(EXPRESSIONS))}): |(?:->  )?[A-Z][\w ]* (?:on|using) )")
"""A line of a plan that holds strings of its own: an expression, or a node with its table and its index."""
YAML_VALUE = re.compile(r"[ \t]*(?:- )?(?:[A-Z][\w ./-]*: )?")
YAML_NODE = re.compile(r"^[ \t]*(?:- )?Node Type: \"", re.MULTILINE)
LONGEST_CONTEXT = 2000
C_STRING = re.compile(
    r"\"[^\"\\]*+(?:\\.[^\"\\]*+)*+(?P<double>\"|\Z)|'[^'\\]*+(?:\\.[^'\\]*+)*+(?:'|\Z)|`[^`\\]*+(?:\\.[^`\\]*+)*+(?:`|\Z)",
    re.DOTALL,
)
MARKS = ("(cost=", "(actual ", "->  ", "QUERY PLAN", "QUERY_PLAN", '\\"Node', '\\"Plan', "<explain", "Plan:\\n", 'Query Text: \\"')
"""What of a plan stays as it is between quotes. JSON, YAML and XML by themselves have none of it."""
OPENED = re.compile(r"\[[\s{(]*$")
OTHER_KEY = re.compile(r"\s*(?::|=>)")
"""Behind the name of another field, where the rows have ended."""
NAMED_STRING = re.compile(r"(?i:QUERY[ _]PLAN)[\"'`]?\s*(?:=>|[:=,])\s*(?=[\"'`])")
PLAN_STRING = re.compile(rf"[\"'`](?<![\w\\][\"'`])(?={BEGINNING})")
C_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|U[0-9a-fA-F]{8}"
    r"|x[0-9a-fA-F]{2}|[0-7]{1,3}|.)",
    re.DOTALL,
)
LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "a": "\a", "0": "\0", "\n": ""}
ELISION = re.compile(r"(?:\.\.\.|…)[ \t]*(?:(\d+) more items?)?|<(\d+) more>")
DOUBLED = {quote: re.compile(quote * 2) for quote in "\"'`"}
FIELD = re.compile(r"^[ \t]*(?:\"[^\"]*+(?:\"\"[^\"]*+)*+\"|'[^'\n]*+(?:''[^'\n]*+)*+'|`[^`\n]*+`)(?=[ \t]*$)", re.MULTILINE)
BARE = re.compile(r"[ \t]*(?P<quote>['\"])[^\n]*(?P=quote)[ \t]*$")
HALF = re.compile(r"[^'\"]*(?:'[^'\"]*'[^'\"]*)*\"[ \t]*$")
LEAST_BARE = 2
PLAN_LINE = re.compile(
    r"\s*(?:->  \S|[A-Z][^:'\"]{0,60}:(?: |$)|(?:InitPlan|SubPlan|CTE) \S|[A-Z][^\n]*\((?:cost=|actual |never))|QUERY PLAN$"
)
SQL_ANCHOR = re.compile(r"\bINSERT\s+INTO\s[^;'\n]{1,200}?\bVALUES\s*\(\s*(?:\d+\s*,\s*)?(?=E?')", re.IGNORECASE)
SQL_STRING = re.compile(r"E?'[^']*+(?:''[^']*+)*+(?:'|\Z)")
SQL_GLUE = re.compile(
    r"\s*\)?\s*[;,]?\s*(?:INSERT\s+INTO\s[^;'\n]{1,200}?\bVALUES\s*)?(?:\(\s*(?:\d+\s*,\s*)?(?=E?'))?", re.IGNORECASE
)


class Literal(Struct, frozen=True):
    """A string, quotes included, and whether it goes on the line of the one before it."""

    start: int
    end: int
    joined: bool = False


class Chain(Struct, frozen=True):
    """The strings of one result, what is around them, and where rows were left out of it."""

    start: int
    literals: tuple[Literal, ...]
    end: int
    elided: tuple[int, int, str] | None = None


def rows(lines: Lines) -> SourceText | None:
    """Strings with backslashes: rows of JSON, JavaScript, Python and Ruby, objects or tuples, and a whole plan in one string."""
    text = lines.source.text
    if not any(mark in text for mark in MARKS):
        return None
    for anchor in (NAMED_STRING, PLAN_STRING):
        if found := replaced_chains(lines, anchor, chain_of_rows, keep_escaped):
            return found
    return None


def inserts(lines: Lines) -> SourceText | None:
    """`INSERT INTO ... VALUES ('line');`, as database tools export a result."""
    if "VALUES" not in lines.source.text and "values" not in lines.source.text:
        return None
    return replaced_chains(lines, SQL_ANCHOR, chain_of_inserts, keep_doubled)


def replaced_chains(
    lines: Lines,
    anchor: re.Pattern[str],
    chain_at: Callable[[str, int, int], Chain | None],
    keep: Callable[[Builder, Literal], None],
) -> SourceText | None:
    """The text with each chain of strings as lines of their own."""
    text = lines.source.text
    builder, position, done = Builder(lines.source), 0, 0
    for match in anchor.finditer(text):
        if match.start() < done:
            continue
        chain = chain_at(text, position, match.start() if anchor is PLAN_STRING else match.end())
        if chain is None:
            continue
        done = max(chain.end, match.end() + 1)
        if not chain.literals:
            continue
        if holds_plan(text[chain.start : chain.end].replace("\\n", "\n").replace('\\"', '"')):
            builder.keep(position, chain.start)
            put_chain(builder, chain, keep)
            position = chain.end
    builder.keep(position, len(text))
    return builder.build() if position else None


def put_chain(builder: Builder, chain: Chain, keep: Callable[[Builder, Literal], None]) -> None:
    builder.put("\n\n", chain.start, chain.start)
    if HEADER in builder.origin.text[chain.start : chain.literals[0].start]:
        builder.put(f"{HEADER}\n-----\n", chain.start, chain.start)
    for index, literal in enumerate(chain.literals):
        if index and not literal.joined:
            builder.put("\n", literal.start, literal.start)
        keep(builder, literal)
    builder.put("\n\n", chain.end, chain.end)
    if chain.elided is not None:
        start, end, reason = chain.elided
        builder.lose(reason, start, end)


def chain_of_rows(text: str, floor: int, start: int) -> Chain | None:
    """The strings of rows from the one that begins at `start`."""
    head = head_of(text, floor, start)
    if head is None:
        return None
    strings = strings_from(text, start, in_brackets="(" in text[head:start])
    if not strings.literals or not ends_well(text, strings.literals[-1].end):
        return failed(start, strings.end)
    is_list = strings.is_list or bool(text[head:start].strip())
    if not is_list and (text[start] == "`" or not has_escapes(text, strings.literals)):
        return failed(start, strings.end)
    last, elided = strings.literals[-1], strings.elided
    is_opened = "[" in text[head:start] or OPENED.search(text, max(head - 200, floor), head) is not None
    if is_opened and elided is None and not text[last.end :].strip(" \t\r\n,{}()"):
        elided = (last.start, last.end, "the plan may be cut off: the list of its lines does not end")
    return Chain(head, strings.literals, strings.end, elided)


def head_of(text: str, floor: int, start: int) -> int | None:
    """Where what stands before a string and belongs to rows begins; None where the string is part of something else."""
    line = max(text.rfind("\n", floor, start) + 1, floor, start - LONGEST_CONTEXT)
    if YAML_VALUE.fullmatch(text, line, start) and YAML_NODE.search(text):
        return None
    before = BEFORE.search(text, max(line, start - 200), start)
    if before is None or OWN_STRINGS.match(text, line, before.start()) or not CONTEXT.match(text, line, before.start()):
        return None
    return before.start()


class Strings(Struct, frozen=True):
    """Strings that follow each other, and where they end. `is_list`: with a sign between them."""

    literals: tuple[Literal, ...]
    end: int
    is_list: bool
    elided: tuple[int, int, str] | None = None


def strings_from(text: str, start: int, *, in_brackets: bool) -> Strings:
    """No literals where two strings touch, as no language writes them."""
    literals: list[Literal] = []
    position, joined, is_list = start, False, False
    while (match := C_STRING.match(text, position)) and not text.startswith("```", position):
        if literals and not is_key(text, match) and OTHER_KEY.match(text, match.end()):
            return Strings(tuple(literals), match.start(), is_list)
        if not is_key(text, match):
            literals.append(Literal(match.start(), match.end(), joined))
        glue = GLUE.match(text, match.end())
        position = match.end() if glue is None else glue.end()
        between = text[match.end() : position]
        if not between and position < len(text) and text[position] in "\"'`":
            return Strings((), position, is_list)
        joined = "+" in between or (in_brackets and not between.strip())
        is_list = is_list or bool(between.strip())
        if elision := ELISION.match(text, position):
            reason = f"the plan is cut off: {elision[1] or elision[2] or 'some'} more rows of it were left out here"
            return Strings(tuple(literals), position, is_list, (position, elision.end(), reason))
    return Strings(tuple(literals), position, is_list)


def has_escapes(text: str, literals: Sequence[Literal]) -> bool:
    r"""Whether strings that stand in no list are a language's. Lines of Markdown's code, or of a table's cells, write `\n` for a
    backslash and an n, as a pattern in a plan has them.
    """
    bodies = [text[slice(*body_of(text, literal))] for literal in literals]
    return any(f"\\{text[literals[0].start]}" in body or body.endswith("\\n") for body in bodies) or (
        len(bodies) == 1 and "\\n" in bodies[0]
    )


def failed(start: int, end: int) -> Chain | None:
    """No chain; of a long one that came to nothing, the strings within are not tried again one by one."""
    return Chain(start, (), end) if end - start > LONGEST_CONTEXT else None


def is_key(text: str, match: re.Match[str]) -> bool:
    """Whether a string is the name of a row's field and not its value."""
    return (
        text[match.start() + 1 : match.end() - 1].upper().replace("_", " ") == HEADER
        and re.match(r"\s*(?:=>|[:,])", text[match.end() : match.end() + 20]) is not None
    )


def ends_well(text: str, end: int) -> bool:
    """Whether what follows the last string is punctuation of rows, and not of an expression."""
    return text[end : end + 1] in ("", "\n", ",", ")", "]", "}", ";", " ", "\t", ">", "+")


def chain_of_inserts(text: str, floor: int, start: int) -> Chain | None:
    """The strings of INSERT statements from the one that begins at `start`."""
    literals, position = [], start
    while match := SQL_STRING.match(text, position):
        literals.append(Literal(match.start() + (text[match.start()] == "E"), match.end()))
        glue = SQL_GLUE.match(text, match.end())
        position = match.end() if glue is None else glue.end()
    head = max(text.rfind("\n", floor, start) + 1, floor)
    statement = re.compile(r"\bINSERT\b", re.IGNORECASE).search(text, head, start)
    return Chain(statement.start() if statement else head, tuple(literals), position) if literals else None


def keep_escaped(builder: Builder, literal: Literal) -> None:
    """What a string with backslashes stands for."""
    keep_unescaped(builder, *body_of(builder.origin.text, literal))


def body_of(text: str, literal: Literal) -> tuple[int, int]:
    """Where a string's text begins and ends; one that was cut off has no quote at its end."""
    start = literal.start + 1
    is_closed = text[literal.end - 1] == text[literal.start] and literal.end > start
    return start, literal.end - 1 if is_closed else literal.end


def keep_unescaped(builder: Builder, start: int, end: int) -> None:
    """A stretch of a string with what its backslashes stand for."""
    for match in C_ESCAPE.finditer(builder.origin.text, start, end):
        builder.keep(start, match.start())
        builder.put(unescaped(match.group()[1:]), match.start(), match.end())
        start = match.end()
    builder.keep(start, end)


def text_of_string(string: str) -> str:
    """What a string with its quotes stands for."""
    body = string[1:-1] if len(string) > 1 and string[-1] == string[0] else string[1:]
    return C_ESCAPE.sub(lambda match: unescaped(match.group()[1:]), body)


def unescaped(sign: str) -> str:
    if sign[0] in "uUx" and len(sign) > 1:
        if "\\" in sign:
            return bytes.fromhex(sign[1:5] + sign[7:]).decode("utf-16-be", "replace")
        code = int(sign[1:].strip("{}"), 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    if sign[0] in "01234567" and len(sign) > 1:
        return chr(int(sign, 8))
    return LETTERS.get(sign, sign)


def keep_doubled(builder: Builder, literal: Literal) -> None:
    """What a string stands for in which a quote is written twice."""
    text = builder.origin.text
    start, end = body_of(text, literal)
    for match in DOUBLED[text[literal.start]].finditer(text, start, end):
        builder.keep(start, match.start() + 1)
        start = match.end()
    builder.keep(start, end)


def fields(lines: Lines) -> SourceText | None:
    """Lines between quotes, all of a plan's or those that a CSV export had to quote; a quoted cell of several lines."""
    text = lines.source.text
    if not lines.begin_with("\"'`"):
        return None
    found = list(FIELD.finditer(text))
    kept = [match for block in blocks_of(text, found) for match in block]
    if not kept:
        return None
    builder, position = Builder(lines.source), 0
    for match in kept:
        literal = Literal(match.start() + len(match.group()) - len(match.group().lstrip()), match.end())
        # What the quotes were indented by stays: the lines around them have it too.
        builder.keep(position, literal.start)
        keep_doubled(builder, literal)
        line_end = text.find("\n", match.end())
        position = len(text) if line_end < 0 else line_end
    builder.keep(position, len(text))
    return builder.build()


def bare_quotes(lines: Lines) -> SourceText | None:
    """Lines between quotes that write a quote within as it is (pgAdmin III), or that have lost the quote at their beginning."""
    if not any(sign in lines.source.text for sign in "\"'") or not any(
        mark in lines.source.text for mark in ("(cost=", "(actual ")
    ):
        return None
    builder, position = Builder(lines.source), 0
    for pattern in (BARE, HALF):
        for run in runs(lines, pattern):
            quotes = {lines.texts[index].rstrip()[-1] for index in run}
            if lines.starts[run.start] < position or len(run) < LEAST_BARE or len(quotes) > 1:
                continue
            if all(FIELD.match(lines.texts[index]) for index in run) or not holds_plan_between(lines, run):
                continue
            for index in run:
                start, text = lines.starts[index], lines.texts[index].rstrip()
                builder.keep(position, start + (len(text) - len(text.lstrip()) if pattern is BARE else 0))
                builder.keep(start + (text.index(text[-1]) + 1 if pattern is BARE else 0), start + len(text) - 1)
                position = start + len(lines.texts[index])
    builder.keep(position, len(lines.source.text))
    return builder.build() if position else None


def holds_plan_between(lines: Lines, run: range) -> bool:
    return holds_plan("\n".join(lines.texts[index].strip(" \t\"'") for index in run))


def blocks_of(text: str, found: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Of the fields found, those that belong to a plan."""
    block: list[re.Match[str]] = []
    for match in found:
        if block and text[block[-1].end() : match.start()].strip(" \t,;\n"):
            yield from chosen(text, block)
            block = []
        block.append(match)
    yield from chosen(text, block)


def chosen(text: str, block: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Fields that follow each other, if they hold a plan; a field among plain lines of a plan, if it is such a line."""
    if not block:
        return
    if holds_plan("\n".join(match.group().strip(" \t\"'`").replace('""', '"') for match in block)):
        yield block
    else:
        yield [match for match in block if PLAN_LINE.match(match.group().lstrip()[1:-1]) and is_among_plan(text, match)]


def is_among_plan(text: str, match: re.Match[str]) -> bool:
    """Whether the line above belongs to a plan, as far as one can see from it alone."""
    start = text.rfind("\n", 0, max(match.start() - 1, 0)) + 1
    above = text[start : match.start()].strip('" \n')
    return bool(above) and PLAN_LINE.match(above) is not None
