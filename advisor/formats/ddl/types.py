"""Types and collations. In: values of the model. Out: the statements that make them."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.formats.ddl.columns import default_sql
from advisor.formats.ddl.words import literal
from advisor.model import Check, Collation, Column, CompositeType, Domain, Enum, Name, RangeType
from advisor.remedies.sql import quote, quote_dotted, quote_name
from advisor.sources.sql.spelling.names import make_object_name


def enum_sql(enum: Enum) -> str:
    return f"CREATE TYPE {quote_name(enum.name)} AS ENUM ({', '.join(literal(value) for value in enum.values)});"


def collation_sql(collation: Collation) -> str:
    return f"CREATE COLLATION {quote_name(collation.name)} ({', '.join(collation.options)});"


def range_sql(kind: RangeType) -> str:
    """The multirange is named where PostgreSQL would name it otherwise (`makeMultirangeTypeName`)."""
    options = [f"subtype = {kind.subtype}", *kind.options]
    if kind.multirange != Name(kind.name.schema, usual_multirange(kind.name.name)):
        options.append(f"multirange_type_name = {quote_name(kind.multirange)}")
    return f"CREATE TYPE {quote_name(kind.name)} AS RANGE ({', '.join(options)});"


def usual_multirange(name: str) -> str:
    before, found, after = name.partition("range")
    return f"{before}multirange{after}" if found else make_object_name(name, None, "multirange")


def composite_sql(kind: CompositeType) -> str:
    if not kind.attributes:
        return f"CREATE TYPE {quote_name(kind.name)} AS ();"
    lines = ",\n    ".join(attribute_sql(attribute) for attribute in kind.attributes)
    return f"CREATE TYPE {quote_name(kind.name)} AS (\n    {lines}\n);"


def attribute_comments(kind: CompositeType) -> Iterator[str]:
    for attribute in kind.attributes:
        if attribute.comment:
            yield f"COMMENT ON COLUMN {quote_name(kind.name)}.{quote(attribute.name)} IS {literal(attribute.comment)};"


def attribute_sql(attribute: Column) -> str:
    collation = f" COLLATE {quote_dotted(attribute.collation)}" if attribute.collation else ""
    return f"{quote(attribute.name)} {attribute.type}{collation}"


def domain_sql(domain: Domain, *, apart: bool = False) -> list[str]:
    """CREATE DOMAIN, and its conditions that values made before them need not meet; `apart`: all conditions come later."""
    words = [f"CREATE DOMAIN {quote_name(domain.name)} AS {domain.type}"]
    if domain.collation:
        words.append(f"COLLATE {quote_dotted(domain.collation)}")
    if domain.default:
        words.append(f"DEFAULT {default_sql(domain.default)}")
    if not domain.nullable:
        words.append((f"CONSTRAINT {quote(domain.not_null_name or '')} " if named_otherwise(domain) else "") + "NOT NULL")
    lines = [" ".join(words)]
    lines += [domain_check(check) for check in domain.checks if check.validated and not apart]
    return ["\n    ".join(lines) + ";", *(() if apart else late_domain_checks(domain))]


def late_domain_checks(domain: Domain, *, all_of_them: bool = False) -> Iterator[str]:
    for check in domain.checks:
        if all_of_them or not check.validated:
            end = "" if check.validated else " NOT VALID"
            yield f"ALTER DOMAIN {quote_name(domain.name)} ADD {domain_check(check)}{end};"


def domain_check(check: Check) -> str:
    return (f"CONSTRAINT {quote(check.name)} " if check.name else "") + f"CHECK ({check.expression})"


def named_otherwise(domain: Domain) -> bool:
    """Whether its NOT NULL has another name than PostgreSQL 18 would give it."""
    name = domain.not_null_name
    return name is not None and name != make_object_name(domain.name.name, None, "not_null")
