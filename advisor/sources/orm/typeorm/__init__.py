"""TypeORM's entities: classes with `@Entity` in, the DDL that its schema builder runs out."""

from advisor.sources.orm.typeorm.read import read_typeorm

__all__ = ["read_typeorm"]
