"""The throw-away server, for the tests that compare with PostgreSQL."""

from tests.postgres import throwaway_postgres

__all__ = ["throwaway_postgres"]
