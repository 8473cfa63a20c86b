"""The throw-away server, for the tests of this folder."""

from tests.postgres import throwaway_postgres

__all__ = ["throwaway_postgres"]
