"""The lines below a whole plan in TEXT, in; PostgreSQL's JSON fields beside `Plan`, out.

`Planning Time`, `Execution Time`, `Settings`, triggers, and the groups `Planning`, `JIT` and `Serialization`, whose lines are
indented.
"""

from __future__ import annotations

import re
from typing import Any

from advisor.sources.explain.details import MAX_SHORTHAND, NotUnderstoodError, parse_detail
from advisor.sources.explain.lexis import beginning, number

GROUPS = ("Planning", "JIT", "Serialization")
NAMES = {
    "Planning Time": "Planning Time",
    "Planning time": "Planning Time",  # 9.4 to 10
    "Execution Time": "Execution Time",
    "Execution time": "Execution Time",  # 9.4 to 10
    "Total runtime": "Total Runtime",  # up to 9.3
}
START = re.compile(
    r"(?:Planning(?: [Tt]ime)?|Execution [Tt]ime|Total runtime|JIT|Serialization|Settings|Query Identifier|Trigger(?: [^:]*)?): ?|"
    r"(?:Planning|JIT):$"
)
MILLISECONDS = re.compile(r"(\d+\.\d+) ms$")
TRIGGER = re.compile(
    r"Trigger(?: (?!for constraint )(?P<name>.+?))?(?: for constraint (?P<constraint>.+?))?(?: on (?P<relation>.+?))?"
    r": (?:time=(?P<time>\d+\.\d+) )?calls=(?P<calls>\d+)$"
)
MAX_TRIGGER = 400
"""Three names of 63 bytes and some words; bounds the work of the pattern above."""
SETTING = re.compile(r"([A-Za-z_][\w.]*) = (?:'(.*?)'|(NULL))(?:, (?=[A-Za-z_][\w.]* = ['N])|$)", re.DOTALL)
MEMORY = re.compile(r"Memory: used=(\d+) ?kB  allocated=(\d+) ?kB$")
SERIALIZATION = re.compile(r"Serialization: (?:time=(\d+\.\d+) ms  )?output=(\d+) ?kB  format=(\w+)$")
JIT_TIMING = re.compile(r"(\w+) (\d+\.\d+) ms(?: \(Deform (\d+\.\d+) ms\))?")
JIT_OPTION = re.compile(r"(\w+) (true|false)")


def is_summary(line: str) -> bool:
    """Whether a line without indentation belongs below a plan."""
    return START.match(line) is not None


def add_summary(fields: dict[str, Any], line: str) -> dict[str, Any] | None:
    """Add one line without indentation to the plan's fields; returns the group that the indented lines after it belong to.

    Raises NotUnderstoodError.
    """
    name = line.partition(":")[0]
    try:
        if line.startswith(("Trigger ", "Trigger:")):
            fields.setdefault("Triggers", []).append(_trigger(line))
            return None
        if name in GROUPS:
            return _group(fields, name, line)
        if name in NAMES:
            fields[NAMES[name]] = _milliseconds(line)
        elif name == "Settings":
            fields[name] = _settings(line)
        else:
            fields |= parse_detail(line)
    except ValueError as error:
        if isinstance(error, NotUnderstoodError):
            raise
        raise NotUnderstoodError(f"the value of {name} is not understood: {error}") from error
    return None


def add_to_group(group: dict[str, Any], line: str) -> None:
    """Add an indented line to `Planning`, `JIT` or `Serialization`. Raises NotUnderstoodError."""
    if match := MEMORY.match(line):
        group |= {"Memory Used": number(match[1]), "Memory Allocated": number(match[2])}
    elif line.startswith("Options: ") and len(line) < MAX_SHORTHAND:
        group["Options"] = {name: value == "true" for name, value in JIT_OPTION.findall(line.removeprefix("Options: "))}
    elif line.startswith("Timing: ") and len(line) < MAX_SHORTHAND:
        group["Timing"] = _jit_timing(line.removeprefix("Timing: "))
    else:
        group |= parse_detail(line)


def _jit_timing(text: str) -> dict[str, Any]:
    """Since version 17 the generation is told with what deforming took of it."""
    timing: dict[str, Any] = {}
    for name, total, deform in JIT_TIMING.findall(text):
        timing[name] = {"Deform": number(deform), "Total": number(total)} if deform else number(total)
    return timing


def _group(fields: dict[str, Any], name: str, line: str) -> dict[str, Any]:
    group: dict[str, Any] = {}
    if name == "Serialization":
        match = SERIALIZATION.match(line)
        if match is None:
            raise ValueError(beginning(line))
        group |= {"Time": number(match[1])} if match[1] else {}
        group |= {"Output Volume": number(match[2]), "Format": match[3]}
    elif line.rstrip() != f"{name}:":
        raise ValueError(beginning(line))
    fields[name] = group
    return group


def _milliseconds(line: str) -> int | float:
    match = MILLISECONDS.match(line.partition(": ")[2])
    if match is None:
        raise ValueError("milliseconds were expected")
    return number(match[1])


def _settings(line: str) -> dict[str, Any]:
    text, settings, position = line.removeprefix("Settings:").strip(), {}, 0
    while position < len(text):
        match = SETTING.match(text, position)
        if match is None:
            raise ValueError(beginning(text[position:]))
        settings[match[1]] = None if match[3] else match[2]
        position = match.end()
    return settings


def _trigger(line: str) -> dict[str, Any]:
    match = TRIGGER.match(line) if len(line) < MAX_TRIGGER else None
    if match is None:
        raise ValueError(beginning(line))
    found = match.groupdict()
    fields: dict[str, Any] = {}
    for key, name in (("name", "Trigger Name"), ("constraint", "Constraint Name"), ("relation", "Relation")):
        if found[key] is not None:
            fields[name] = found[key]
    if found["time"] is not None:
        fields["Time"] = number(found["time"])
    return fields | {"Calls": number(found["calls"])}
