"""Placeholders in SQL that something fills in before it runs. In: a text. Out: the text with stand-ins, as long as before.

Go templates (`{{ index .Options "Namespace" }}`), Flyway's and goose's `${name}`, psql's `:name`, `:'name'` and `:"name"`. A
placeholder stands for a name or a literal: it is replaced by an identifier made of its own name, or by the default that its project
has for it, and blanks fill the rest. Inside a quoted literal the blanks follow the closing quote. Directives are blanked.

Sources: https://documentation.red-gate.com/fd/placeholders-224919608.html, psql "Variables" and "SQL Interpolation"
(https://www.postgresql.org/docs/current/app-psql.html), https://pkg.go.dev/text/template
"""

from __future__ import annotations

import re

from advisor.model import Skipped, SourceText

KNOWN = {
    "namespace": "auth",  # supabase/auth, configuration DB_NAMESPACE
    "flyway:defaultschema": "public",
    "flyway:user": "postgres",
    "flyway:database": "postgres",
    "flyway:table": "flyway_schema_history",
}
"""What placeholders stand for where nothing is configured, by their lower-case names."""

TEMPLATE = r"\{\{(?P<template>[^{}\n]*)\}\}"
DOLLAR = r"\$\{(?P<dollar>[\w.:-]+)\}"
PLACEHOLDER = re.compile(f"{TEMPLATE}|{DOLLAR}")
LITERAL = re.compile(r"--[^\n]*|'(?:[^'\n{}]|''|\{\{[^{}\n]*\}\}|[{}])*+'|\"(?:[^\"\n{}]|\{\{[^{}\n]*\}\}|[{}])*+\"")
"""A comment, whose quotes mean nothing, or a quoted literal on one line; quotes inside a template do not end it."""

IN_A_NAME = re.compile(r"\w")
PIECE = re.compile(LITERAL.pattern + r"|\{\{[^{}\n]*\}\}|\$\{[\w.:-]+\}")
DIRECTIVE = re.compile(r"^-?\s*(?:if|else|end|range|with|define|template|block|/\*)\b", re.IGNORECASE)
PSQL = re.compile(r"(?<=[\s(,=])(?::'(?P<literal>\w+)'|:\"(?P<identifier>\w+)\"|:(?P<name>[A-Za-z_]\w*))(?![\w:])")
NOT_SQL = re.compile(r"'(?:[^']|'')*'|\"[^\"\n]*\"|--[^\n]*|/\*.*?\*/|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$", re.DOTALL)


def with_stand_ins(source: SourceText) -> tuple[SourceText, Skipped | None]:
    """The text ready to be read, and what is to be said of it; the same text where it has no placeholders."""
    text, first, names = source.text, None, list[str]()
    if "{{" in text or "${" in text:
        text = filled(text, names)
        first = next(
            (match for match in PLACEHOLDER.finditer(source.text) if not text.startswith(match.group(), match.start())), None
        )
    if PSQL.search(text) is not None and (found := psql_variables(text)):
        first = first or found[0]
        names += [next(name for name in match.groups() if name) for match in found]
        text = with_psql_stand_ins(text, found)
    if first is None or not names:
        return source, None
    told = ", ".join(dict.fromkeys(names))
    reason = f"placeholders are read as names of their own: {told}"
    return SourceText(source.path, text), Skipped(source.path, reason, "left alone", source.location(first.start(), first.end()))


def stand_in(match: re.Match[str], names: list[str]) -> str:
    """An identifier as long as the placeholder; blanks for a directive."""
    length = len(match.group())
    if match["template"] is not None and DIRECTIVE.match(match["template"].strip(" -")):
        return " " * length
    name = identifier_of(match["template"] or match["dollar"] or "")
    names.append(name)
    return name[:length].ljust(length)


def identifier_of(placeholder: str) -> str:
    """The last word of a placeholder, as an identifier: `Namespace` of `index .Options "Namespace"`."""
    known = KNOWN.get(placeholder.strip().lower())
    words = re.findall(r"\w+", placeholder)
    name = words[-1].lower() if words else "placeholder"
    found = known or KNOWN.get(name, name)
    return found if not found[0].isdigit() else f"p{found}"


def filled(text: str, names: list[str]) -> str:
    """The text with stand-ins. In a quoted literal the blanks that are left over go behind it; comments stay as they are."""

    def replace(match: re.Match[str]) -> str:
        found = match.group()
        if found.startswith("--"):
            return found
        if found[0] not in "'\"":
            name = PLACEHOLDER.sub(lambda inner: stand_in(inner, names), found)
            return name.replace(" ", "_") if name[:1].strip() and IN_A_NAME.match(text, match.end()) else name
        return PLACEHOLDER.sub(lambda inner: stand_in(inner, names).rstrip(), found).ljust(len(found))

    return PIECE.sub(replace, text)


def psql_variables(text: str) -> list[re.Match[str]]:
    """Variables of psql outside quotes and comments."""
    hidden = NOT_SQL.sub(lambda match: hide(match.group(), text, match.start()), text)
    return [match for match in PSQL.finditer(hidden) if not in_slice(hidden, match.start())]


def hide(stretch: str, text: str, start: int) -> str:
    """A quoted stretch blanked, except where psql fills it in (`:'name'`)."""
    return stretch if text[start - 1 : start] == ":" and stretch[0] in "'\"" else re.sub(r"[^\n]", " ", stretch)


def in_slice(text: str, position: int) -> bool:
    """Whether the colon divides an array's slice: `a[1 :n]`."""
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line.count("[") > line.count("]")


def with_psql_stand_ins(text: str, found: list[re.Match[str]]) -> str:
    parts, position = [], 0
    for match in found:
        if match["literal"]:
            replacement = f" '{match['literal']}'"
        elif match["identifier"]:
            replacement = f' "{match["identifier"]}"'
        else:
            replacement = f" {match['name']}"
        parts += [text[position : match.start()], replacement]
        position = match.end()
    return "".join([*parts, text[position:]])
