"""How Hypothesis tries examples: few and always the same in the test command, ten times as many and new ones at night.

The night is `make nightly`. In the test command nothing fails by chance, and nothing is made smaller: that can take minutes.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

NIGHTLY = "ADVISOR_NIGHTLY"
"""Set in the environment by `make nightly`."""


def is_night() -> bool:
    return bool(os.environ.get(NIGHTLY))


def examples(usual: int) -> int:
    return usual * 10 if is_night() else usual


def against_server(usual: int) -> settings:
    """For properties that ask a server: slow, and with a fixture that all examples share."""
    night = is_night()
    return settings(
        max_examples=examples(usual),
        deadline=None,
        derandomize=not night,
        database=None,
        phases=tuple(Phase) if night else (Phase.explicit, Phase.generate),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
