"""Moments in constants. In: text. Out: the same with every moment as a server in UTC prints it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d(?:\.\d{1,6})?)?([+-]\d\d)(?::?(\d\d))?(?![\d:])")


def in_utc(text: str) -> str:
    """`2022-04-01 01:00:00+01` as `2022-04-01 00:00:00+00`. What is no moment stays as it is."""
    return MOMENT.sub(moment_in_utc, text)


def moment_in_utc(found: re.Match[str]) -> str:
    day, clock, seconds, hours, minutes = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day} {clock}{seconds or ':00'}{hours}:{minutes or '00'}").astimezone(UTC)
    except (ValueError, OverflowError):
        return found[0]
    fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction}+00"
