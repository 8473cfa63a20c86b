"""A live server as a front end. In: a connection string. Out: the schema of the database, as its catalogs tell it."""

from advisor.sources.postgres.addresses import Address, read_address
from advisor.sources.postgres.introspection import Introspection, introspect, read_schema

__all__ = ["Address", "Introspection", "introspect", "read_address", "read_schema"]
