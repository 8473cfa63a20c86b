"""By day every property tries the same examples, so that nothing fails by chance; `make nightly` tries new ones."""

from __future__ import annotations

import os

from hypothesis import settings

from tests.profiles import NIGHTLY

settings.register_profile("advisor", derandomize=NIGHTLY not in os.environ, database=None)
settings.load_profile("advisor")
