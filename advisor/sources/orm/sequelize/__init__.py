"""Sequelize's models: `define`, `init` and sequelize-typescript's classes in, the DDL that `sync` runs out."""

from advisor.sources.orm.sequelize.read import read_sequelize

__all__ = ["read_sequelize"]
