"""How many examples Hypothesis tries: few in the test command, ten times as many at night (`make nightly`)."""

from __future__ import annotations

import os

NIGHTLY = "ADVISOR_NIGHTLY"
"""Set in the environment by `make nightly`."""


def examples(usual: int) -> int:
    return usual * 10 if os.environ.get(NIGHTLY) else usual
