"""A review for a terminal. In: a Review. Out: lines of styled segments, written plainly or in colour.

The layout knows styles by name only. Plain text needs nothing further; rich, which takes a fifth of a second to import, is imported
where there is colour to write.
"""

from __future__ import annotations

import os
import shutil
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from itertools import groupby
from typing import TYPE_CHECKING, Literal, TextIO

from advisor.finding import Confidence, Finding, Recommendation
from advisor.formats.digest import (
    WrittenRemedy,
    answers,
    counted,
    failures,
    left_alone,
    passed_over,
    rules_wanting,
    saving_words,
    severity_counts,
    severity_word,
    summarize,
    written,
    written_recommendation,
)
from advisor.formats.excerpt import Excerpt, ExcerptLine, excerpt, one_line, printable

if TYPE_CHECKING:
    from advisor.engine.review import Review
    from advisor.model import Skipped

Segment = tuple[str, str]
"""A style's name (empty for none) and a text without line ends."""
Line = list[Segment]

PLAIN_WIDTH = 120
"""Columns of an excerpt where no terminal says otherwise. Prose is not wrapped there: a message stays on one line, for grep."""
EXCERPT_LINES = 3
RELATED = 5
LISTED = 10
OF_ONE_FILE = 3
"""How many recommendations, failures and reasons are listed before the rest is only counted."""

STYLES: Mapping[str, str] = {
    "error": "bold red",
    "warning": "bold yellow",
    "note": "bold cyan",
    "place": "bold",
    "rule": "cyan",
    "gutter": "bright_black",
    "dim": "bright_black",
    "label": "bold",
    "heading": "bold underline",
    "remedy": "green",
    "good": "bold green",
}


@dataclass(slots=True)
class Layout:
    """One writing of a review: how wide it may be, and which remedies have been shown in full."""

    review: Review
    width: int | None
    answers: Mapping[str, Recommendation]
    shown: set[tuple[str, str]] = field(default_factory=set)
    quotes: bool = True
    """Whether the lines in question are shown; below a drawn plan they have been."""

    @property
    def excerpt_width(self) -> int:
        return self.width or PLAIN_WIDTH


def to_text(review: Review, *, width: int | None = None) -> str:
    """The review as plain text. `width` is a terminal's; without it, prose is not wrapped."""
    return plain(lay_out(review, width))


def to_stream(review: Review, stream: TextIO, environment: Mapping[str, str] = os.environ) -> str:
    """The review as this stream should have it: in colour and as wide as the terminal, or plain where it is none."""
    width = max(shutil.get_terminal_size().columns, 40) if stream.isatty() else None
    lines = lay_out(review, width)
    return coloured(lines, "auto" if stream.isatty() else "standard") if wants_colour(stream, environment) else plain(lines)


def wants_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """NO_COLOR (no-color.org) goes before FORCE_COLOR (force-color.org); each counts where it is not empty."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return environment["FORCE_COLOR"] != "0"
    return stream.isatty() and environment.get("TERM") != "dumb"


def plain(lines: Iterable[Line]) -> str:
    return "".join("".join(text for _, text in line).rstrip() + "\n" for line in lines)


def coloured(lines: Iterable[Line], colours: Literal["auto", "standard"]) -> str:
    """The lines with a terminal's escape sequences; `auto` asks the environment how many colours there are."""
    from rich.console import Console
    from rich.style import Style
    from rich.text import Text

    styles = {name: Style.parse(definition) for name, definition in STYLES.items()}
    stream = StringIO()
    console = Console(file=stream, force_terminal=True, color_system=colours, no_color=False, highlight=False)
    for line in lines:
        text = Text.assemble(*((text, styles.get(style, Style.null())) for style, text in line))
        text.rstrip()
        console.print(text, soft_wrap=True)
    return stream.getvalue()


def lay_out(review: Review, width: int | None) -> Iterator[Line]:
    """Findings, recommendations, what was not examined, and the figures; blank lines between them, none around them."""
    layout = Layout(review, width, answers(review))
    for finding in review.findings:
        yield from of_finding(finding, layout)
        yield []
    for part in (of_recommendations(layout), of_failures(layout), of_left_alone(layout)):
        lines = list(part)
        yield from [*lines, []] if lines else []
    yield from of_summary(review)


def of_finding(finding: Finding, layout: Layout) -> Iterator[Line]:
    word = severity_word(finding)
    doubt = [("dim", " (possible)")] if finding.confidence is Confidence.POSSIBLE else []
    yield [("place", one_line(str(finding.at))), ("", "  "), (word, word), *doubt, ("", "  "), ("rule", finding.rule)]
    yield from wrapped(finding.message, layout, indent=2)
    if layout.quotes:
        yield from of_excerpt(finding, word, layout)
    if finding.remedy:
        answer, project = layout.answers.get(finding.fingerprint), layout.review.project
        remedy = written_recommendation(answer, project) if answer else written(finding.remedy, project, finding.database)
        yield from of_remedy(finding.at.path, remedy, layout)
    if finding.saving is not None:
        yield [("label", "  saves: "), ("", saving_words(finding.saving))]
    for related in finding.related[:RELATED]:
        yield [("label", "  see: "), ("", f"{one_line(str(related.location))}  {one_line(related.message)}")]
    if len(finding.related) > RELATED:
        yield [("label", "  see: "), ("dim", f"and {counted(len(finding.related) - RELATED, 'more place')}")]


def of_excerpt(finding: Finding, word: str, layout: Layout) -> Iterator[Line]:
    """One line with the place underlined below it, or the first lines of a longer place with a bar beside them."""
    source = layout.review.texts(finding.at.path)
    if source is None:
        return
    margin = len(str(finding.at.line + EXCERPT_LINES)) + 2
    found = excerpt(source, finding.at, width=max(layout.excerpt_width - margin - 4, 20), most=EXCERPT_LINES)
    if len(found.lines) == 1 and not found.hidden:
        yield from underlined(found.lines[0], margin, word)
    else:
        yield from barred(found, margin, word)


def underlined(line: ExcerptLine, margin: int, word: str) -> Iterator[Line]:
    yield [("gutter", f"{line.number:>{margin}} | "), ("", line.text)]
    marks = "^" * max(cells(line.marked.rstrip()), 1)
    yield [("gutter", " " * margin + " | "), ("", " " * cells(line.before)), (word, marks)]


def barred(found: Excerpt, margin: int, word: str) -> Iterator[Line]:
    for line in found.lines:
        yield [("gutter", f"{line.number:>{margin}} "), (word, "> "), ("", line.text)]
    if found.hidden:
        yield [("gutter", f"{'':>{margin}} "), (word, "> "), ("dim", f"... {counted(found.hidden, 'more line')}")]


def of_remedy(path: str, remedy: WrittenRemedy, layout: Layout) -> Iterator[Line]:
    """Title and text, the text once only; in Prisma for a finding in a Prisma schema, where Prisma can say it."""
    text = remedy.prisma if remedy.prisma is not None and path.endswith(".prisma") else remedy.up
    again = (remedy.title, text) in layout.shown
    title = f"{one_line(remedy.title)} (see above)" if again else one_line(remedy.title)
    yield from wrapped(title, layout, indent=2, label="remedy: ")
    if not again:
        layout.shown.add((remedy.title, text))
        for line in textwrap.dedent(text).strip("\n").splitlines():
            yield [("remedy", f"    {printable(line)}")]


def of_recommendations(layout: Layout) -> Iterator[Line]:
    recommendations = layout.review.recommendations
    if recommendations:
        yield [("heading", "Recommendations")]
    for number, each in enumerate(recommendations[:LISTED], 1):
        yield from of_recommendation(number, each, layout)
    if len(recommendations) > LISTED:
        yield [("dim", f"      and {len(recommendations) - LISTED:,} more")]


def of_recommendation(number: int, recommendation: Recommendation, layout: Layout) -> Iterator[Line]:
    yield from wrapped(recommendation.title, layout, indent=1, label=f"{number:>3}. ", style="place")
    evidence = counted(len(recommendation.findings), "finding")
    yield [("dim", f"      {recommendation.impact} impact, {recommendation.effort} effort, {evidence}")]


def of_failures(layout: Layout) -> Iterator[Line]:
    """What failed, and the statements that were passed over though they may matter: place and reason of each."""
    yield from of_places("Not examined", failures(layout.review))
    yield from of_places("Not followed", passed_over(layout.review))


def of_places(heading: str, found: Sequence[Skipped]) -> Iterator[Line]:
    """A line for each place; of a file the first few, so that one file does not hide the others."""
    rows: list[tuple[str, str, int]] = []
    for path, group in groupby(found, key=lambda skipped: skipped.path):
        here = list(group)
        rows += [(str(skipped.location or path), one_line(skipped.reason), 1) for skipped in here[:OF_ONE_FILE]]
        rest = len(here[OF_ONE_FILE:])
        rows += [(path, f"and {rest:,} more", rest)] if rest else []
    if rows:
        yield [("heading", heading)]
    for place, reason, _ in rows[:LISTED]:
        yield [("place", f"  {one_line(place)}"), ("", f"  {reason}")]
    if left := sum(number for _, _, number in rows[LISTED:]):
        yield [("dim", f"  and {left:,} more")]


def of_left_alone(layout: Layout) -> Iterator[Line]:
    """What was passed over on purpose, in a line each for files and rules."""
    reasons = left_alone(layout.review)
    if reasons:
        total = counted(sum(number for _, number in reasons), "path")
        rest = [f"{sum(number for _, number in reasons[LISTED:]):,} for other reasons"] if len(reasons) > LISTED else []
        parts = [f"{number:,} {one_line(reason)}" for reason, number in reasons[:LISTED]]
        yield from wrapped(f"{total} ({', '.join(parts + rest)})", layout, indent=0, label="Left alone: ", style="dim")
    wanting = rules_wanting(layout.review)
    if wanting:
        total = counted(sum(len(rules) for _, rules in wanting), "rule")
        parts = [f"{len(rules)} {'needs' if len(rules) == 1 else 'need'} {needs}" for needs, rules in wanting]
        yield from wrapped(f"{total} ({', '.join(parts)})", layout, indent=0, label="Not run: ", style="dim")
    if layout.review.rules_off:
        total = counted(len(layout.review.rules_off), "rule")
        yield from wrapped(f"{total} (`advisor rule --all` lists them)", layout, indent=0, label="Off by default: ", style="dim")


def of_summary(review: Review) -> Iterator[Line]:
    """The last line: `12 errors, 30 warnings, 5 notes in 14 files · 3 recommendations`, or that all is well."""
    summary = summarize(review)
    if not summary.findings:
        line: Line = [("good", f"No problems found in {counted(summary.examined, 'file')}.")]
    else:
        word = severity_counts(summary)[0].split()[1].rstrip("s")
        worst = "note" if word == "possible" else word
        line = [(worst, ", ".join(severity_counts(summary))), ("", f" in {counted(summary.files, 'file')}")]
        line.append(("", f" · {counted(summary.recommendations, 'recommendation')}" if summary.recommendations else ""))
    yield [*line, ("error", f" · {counted(summary.failed, 'part')} could not be examined" if summary.failed else "")]


def wrapped(text: str, layout: Layout, *, indent: int, label: str = "", style: str = "") -> Iterator[Line]:
    """Prose with its label, wrapped to the terminal with its lines aligned; on one line where there is no terminal."""
    text, margin = one_line(text), " " * indent + " " * len(label)
    width = layout.width - len(margin) if layout.width else 0
    lines = textwrap.wrap(text, max(width, 20), break_long_words=False, break_on_hyphens=False) if width else [text]
    for number, line in enumerate(lines or [""]):
        start: Line = [("", " " * indent), ("label", label)] if number == 0 else [("", margin)]
        yield [*start, (style, line)]


def cells(text: str) -> int:
    """How many columns of a terminal a text takes: two for a wide character, none for a combining one."""
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
