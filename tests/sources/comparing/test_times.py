"""Moments in constants."""

from __future__ import annotations

import pytest

from advisor.sources.comparing.times import in_utc


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("2022-04-01 01:00:00+01", "2022-04-01 00:00:00+00"),
        ("'2022-04-01T00:30+05:30' and 1", "'2022-03-31 19:00:00+00' and 1"),
        ("2022-04-01 00:00:00.25-08", "2022-04-01 08:00:00.25+00"),
        ("2022-04-01 00:00:00", "2022-04-01 00:00:00"),
        ("2022-13-01 00:00:00+01", "2022-13-01 00:00:00+01"),
        ("0001-01-01 00:00:00+14", "0001-01-01 00:00:00+14"),
    ],
)
def test_a_moment_is_compared_as_a_server_in_utc_prints_it(written: str, stored: str) -> None:
    assert in_utc(written) == stored
