"""How Hypothesis tries examples: few and always the same in the test command, thousands and new ones at night.

The night is `make nightly`. By day nothing fails by chance. Hypothesis makes nothing smaller: what fails is shortened by
the test itself, in a bounded number of tries.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

NIGHTLY = "ADVISOR_NIGHTLY"
"""Set in the environment by `make nightly`: to how many examples each property tries, or to 1 for the usual number."""

AT_NIGHT = 2_000


def examples(by_day: int) -> int:
    """How many examples a property tries."""
    wanted = int(os.environ.get(NIGHTLY) or 0)
    return max(AT_NIGHT, by_day) if wanted == 1 else wanted or by_day


def against_server(by_day: int) -> settings:
    """For properties that ask a server or an engine: slow, and with fixtures that all examples share."""
    return settings(
        max_examples=examples(by_day),
        deadline=None,
        derandomize=NIGHTLY not in os.environ,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
