"""By day every property tries the same examples, so that nothing fails by chance; `make nightly` tries new ones."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.profiles import NIGHTLY

settings.register_profile("advisor", derandomize=NIGHTLY not in os.environ, database=None)
settings.load_profile("advisor")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests keep what they read apart from what the user's runs keep."""
    os.environ["ADVISOR_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
