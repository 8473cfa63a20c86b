"""Characters that a terminal, a browser, a word processor or an editor put in the place of others.

Each function takes the lines and gives the text without one kind of them, or None where there are none. What stands between quotes
belongs to a plan and stays, unless the whole text was treated alike.
"""

from __future__ import annotations

import html
import re

from advisor.model import SourceText
from advisor.sources.explain.paste import Lines
from advisor.sources.explain.wrappings.pieces import Builder, holds_plan, replaced, translated

LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\u0085]")
PAGE_STARTS = re.compile(r"^[\f\v]+", re.MULTILINE)
COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
BLANKS = "\u00a0\u2007\u202f\u2002\u2003\u2009\u3000\f\v"
TO_BLANKS = str.maketrans(dict.fromkeys(BLANKS, " "))
BLANKS_IN_PLACE = re.compile(rf"^[ \t]*[{BLANKS}]|[{BLANKS}][ {BLANKS}]*\((?:cost=|actual|never)|->[ ]?[{BLANKS}]", re.MULTILINE)
"""Blanks of another kind where a plan has its own: before a line, before its figures, behind an arrow."""
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u00ad"
INVISIBLE_IN_PLACE = re.compile(rf"(?:^|(?<=[\s(>\-]))[{INVISIBLE}]+|[{INVISIBLE}]+(?=[\s()\-]|$)", re.MULTILINE)
"""Characters of no width beside a blank, a bracket or an arrow; inside of a word they are somebody's spelling."""
ARROWS = re.compile(r"^([ \t]*)(?:[→⇒➔➜➝►▶]|[–—−‐‑─][>›»]|-[›»])(?= *[A-Z])", re.MULTILINE)
SMART_SINGLE, SMART_DOUBLE = "‘’‚‛′", "“”„‟″"
TO_STRAIGHT = str.maketrans({**dict.fromkeys(SMART_SINGLE, "'"), **dict.fromkeys(SMART_DOUBLE, '"')})
ENTITY = re.compile(r"&(?:gt|lt|amp|quot|apos|nbsp|#\d{2,4}|#x[0-9a-fA-F]{2,4});")
QUOTES = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
"""Quoted stretches within a line: an apostrophe in a sentence above a plan opens none."""
ESCAPED_FORMS = re.compile(r"-&gt;|&nbsp;(?:&nbsp;| )|&quot;(?:Plan|Node Type)&quot;|&lt;explain|^[ \t]*&gt; ", re.MULTILINE)
RAW_ARROW = re.compile(r"->  ?[A-Z]|[\"']Node Type[\"']")
"""What is escaped where entities are used."""
INDENTING_ENTITIES = re.compile(r"^[ \t]*&nbsp;", re.MULTILINE)
"""What alone can be an entity where an arrow is none: some pages escape blanks and nothing else."""
TAG = r"</?(?:pre|code|samp|tt|table|thead|tbody|tr|th|td|p|div|span|font|b|strong|li|ul)(?:\s[^<>\n]{0,200})?>"
SINGLE_GAP = re.compile(
    r"^[ \t]*(?:->[ \t]*)?[A-Z][^\n(]{0,300}?\S "
    r"(?=\(cost=\d+\.\d+\.\.\d+\.\d+ rows=\d+ width=\d+\)(?: \((?:actual|never)[^\n]*\))?[ \t]*$)",
    re.MULTILINE,
)
TAG_STARTS = ("<pre", "<code", "<br", "<td", "<th", "<p>", "<div", "<span", "<li", "<samp", "<tt")
LINE_BREAK = re.compile(r"<br ?/?>[ \t]*\n?")
LEADING_TAGS = re.compile(rf"^[ \t]*(?:{TAG}[ \t]*(?=<|$)|{TAG})+", re.MULTILINE)
TRAILING_TAGS = re.compile(rf"(?:{TAG})+[ \t]*$", re.MULTILINE)
TAG_LINE = re.compile(r"^[ \t]*(?:</?(?:tr|td|th|thead|tbody)(?:\s[^<>\n]{0,200})?>[ \t]*)+\n", re.MULTILINE)
ANY_TAG = re.compile(TAG)
TAB_WIDTHS = (8, 4, 2)
INDENTING_TABS = re.compile(r"^( *\t[ \t]*)(?=\S)", re.MULTILINE)


def line_ends(lines: Lines) -> SourceText | None:
    """CRLF, a CR alone and Unicode's line ends as LF; no form feed at the beginning of a page."""
    text = lines.source.text
    if "\f" in text and (without := replaced(lines.source, PAGE_STARTS, "")):
        return without
    return None if "\r" not in text and text.isascii() else replaced(lines.source, LINE_ENDS, "\n")


def colours(lines: Lines) -> SourceText | None:
    """What a terminal was told: colours, links, the cursor's moves."""
    return replaced(lines.source, COLOURS, "") if "\x1b" in lines.source.text else None


def invisible(lines: Lines) -> SourceText | None:
    """Characters of no width, and marks of byte order, at the edges of words."""
    return None if lines.source.text.isascii() else replaced_outside_quotes(lines.source, INVISIBLE_IN_PLACE, "")


def blanks(lines: Lines) -> SourceText | None:
    """Non-breaking and other blanks. Between quotes they stay, unless the text has no blank of the ordinary kind at all."""
    text = lines.source.text
    if (text.isascii() and "\f" not in text and "\v" not in text) or not BLANKS_IN_PLACE.search(text):
        return None
    if " " not in text:
        return translated(lines.source, text.translate(TO_BLANKS))
    parts, position = [], 0
    for match in QUOTES.finditer(text):
        parts += [text[position : match.start()].translate(TO_BLANKS), match.group()]
        position = match.end()
    plain = "".join([*parts, text[position:].translate(TO_BLANKS)])
    return None if plain == text else translated(lines.source, plain)


def arrows(lines: Lines) -> SourceText | None:
    """An arrow that a word processor made of `->`, at the beginning of a line."""
    text = lines.source.text
    if text.isascii():
        return None
    builder, position = Builder(lines.source), 0
    for match in ARROWS.finditer(text):
        builder.keep(position, match.end(1))
        builder.put("->", match.end(1), match.end())
        position = match.end()
    if not position:
        return None
    builder.keep(position, len(text))
    return builder.build()


def straight_quotes(lines: Lines) -> SourceText | None:
    """Typographic quotes, where the text has no straight ones: a plan's own would be straight."""
    text = lines.source.text
    if text.isascii() or "'" in text or '"' in text or not holds_plan(text.translate(TO_STRAIGHT)):
        return None
    plain = text.translate(TO_STRAIGHT)
    return None if plain == text else translated(lines.source, plain)


def page(lines: Lines) -> SourceText | None:
    """A page's source: its tags and, once, its entities."""
    without_tags = tags(lines)
    if not has_entities(lines):
        return without_tags
    source = without_tags or lines.source
    builder, position = Builder(source), 0
    for match in ENTITY.finditer(source.text):
        builder.keep(position, match.start())
        builder.put(html.unescape(match.group()).replace("\u00a0", " "), match.start(), match.end())
        position = match.end()
    builder.keep(position, len(source.text))
    return builder.build()


def has_entities(lines: Lines) -> bool:
    """Whether HTML's entities stand where a plan has the characters themselves. XML has its own."""
    text = lines.source.text
    if "&" not in text or "<explain" in text or not ENTITY.search(text):
        return False
    if RAW_ARROW.search(text):
        return INDENTING_ENTITIES.search(text) is not None
    return ESCAPED_FORMS.search(text) is not None or is_escaped(lines)


def is_escaped(lines: Lines) -> bool:
    """Whether entities are outside of quotes, or the text is a page's."""
    if "<" in lines.source.text and LEADING_TAGS.search(lines.source.text):
        return True
    return any(ENTITY.search(QUOTES.sub("", line)) for line in lines.texts if "&" in line)


def tags(lines: Lines) -> SourceText | None:
    """HTML's tags at the edges of lines, and its line breaks."""
    text = lines.source.text
    if (
        "<" not in text
        or not any(tag in text for tag in TAG_STARTS)
        or not (LEADING_TAGS.search(text) or TRAILING_TAGS.search(text) or LINE_BREAK.search(text))
    ):
        return None
    source = replaced_outside_quotes(lines.source, LINE_BREAK, "\n") or lines.source
    for pattern in (TAG_LINE, LEADING_TAGS, TRAILING_TAGS):
        source = replaced(source, pattern, "") or source
    return None if source is lines.source else source


def replaced_outside_quotes(source: SourceText, pattern: re.Pattern[str], replacement: str) -> SourceText | None:
    """The text with each match of a pattern replaced that is not between quotes; None where there is none."""
    builder, position = Builder(source), 0
    both = re.compile(f"(?P<quoted>{QUOTES.pattern})|{pattern.pattern}", pattern.flags)
    for match in both.finditer(source.text):
        if match["quoted"] is None:
            builder.keep(position, match.start())
            builder.put(replacement, match.start(), match.end())
            position = match.end()
    builder.keep(position, len(source.text))
    return builder.build() if position else None


def single_gaps(lines: Lines) -> SourceText | None:
    """The second of the two blanks before a node's costs, which a page has lost."""
    text = lines.source.text
    if " (cost=" not in text:
        return None
    builder, position = Builder(lines.source), 0
    for match in SINGLE_GAP.finditer(text):
        builder.keep(position, match.end())
        builder.put(" ", match.end(), match.end())
        position = match.end()
    builder.keep(position, len(text))
    return builder.build() if position else None
