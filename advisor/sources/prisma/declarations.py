"""Who is who in a schema. In: the blocks of all its files. Out: models, enums and settings by name, and what clashes.

Here `@@map`, `@@schema` and `@map` are applied, so that everything after knows a thing by both its names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from advisor.model import Enum, Location, Name
from advisor.sources.prisma.names import clipped
from advisor.sources.prisma.parser import ParsedFile
from advisor.sources.prisma.problems import Problems
from advisor.sources.prisma.syntax import (
    Attribute,
    Block,
    Config,
    EnumBlock,
    EnumValue,
    Expression,
    Field,
    FieldType,
    Identifier,
    Model,
    attribute_named,
    place,
    place_of_block,
    string_argument,
)
from advisor.sources.prisma.types import SCALARS

DEFAULT_SCHEMA = "public"


@dataclass(slots=True)
class Declarations:
    """A schema's blocks by name, and where problems go.

    `tables` holds models and views by their Prisma name; `enum_values` the stored spelling of each value.
    """

    problems: Problems
    models: dict[str, Model] = field(default_factory=dict)
    tables: dict[str, Name] = field(default_factory=dict)
    enums: dict[str, Enum] = field(default_factory=dict)
    enum_blocks: dict[str, EnumBlock] = field(default_factory=dict)
    enum_values: dict[str, dict[str, str]] = field(default_factory=dict)
    composites: set[str] = field(default_factory=set)
    configs: list[Config] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    unknown_types: dict[str, list[Location]] = field(default_factory=dict)

    def report_unknown_types(self) -> None:
        """One problem for each name that nothing has, at the first field that uses it: a missing file is one mistake."""
        for name, places in self.unknown_types.items():
            others = f" ({len(places) - 1} more of this type)" if len(places) > 1 else ""
            reason = f"no type, model or enum is called `{name}`: the field is left out{others}"
            self.problems.add(places[0], reason)

    def report(self, block: Block, node: Identifier | Attribute | Field | FieldType | EnumValue | Expression, reason: str) -> None:
        self.problems.add(place(block, node), reason)


def declare(files: Iterable[ParsedFile], problems: Problems) -> Declarations:
    """Collect the blocks of all files. Of two blocks with one name the first stays."""
    declarations = Declarations(problems)
    seen: dict[str, str] = {}
    for file in files:
        declarations.unread |= file.unread
        for block in file.blocks:
            if isinstance(block, Config):
                declarations.configs.append(block)
            elif block.name.text in SCALARS:
                declarations.report(block, block.name, f"`{block.name.text}` is a type of Prisma's own")
            elif block.name.text in seen:
                reason = f"`{block.name.text}` is already the name of a {seen[block.name.text]}"
                declarations.report(block, block.name, reason)
            else:
                seen[block.name.text] = "enum" if isinstance(block, EnumBlock) else block.keyword
                add(block, declarations)
    return declarations


def add(block: Model | EnumBlock, declarations: Declarations) -> None:
    name = block.name.text
    if isinstance(block, EnumBlock):
        values = stored_values(block)
        declarations.enum_blocks[name] = block
        declarations.enum_values[name] = values
        declarations.enums[name] = Enum(database_name(block), tuple(values.values()), place_of_block(block), name)
    elif block.keyword == "type":
        declarations.composites.add(name)
    else:
        declarations.models[name] = block
        declarations.tables[name] = database_name(block)


def stored_values(block: EnumBlock) -> dict[str, str]:
    """The values of an enum and how the database spells them."""
    return {value.name.text: mapped_name(value) or value.name.text for value in block.values}


def database_name(block: Model | EnumBlock) -> Name:
    mapped = attribute_named(block.attributes, "map")
    schema = attribute_named(block.attributes, "schema")
    return Name(
        (string_argument(schema, "map", default=True) if schema else None) or DEFAULT_SCHEMA,
        clipped((string_argument(mapped, "name", default=True) if mapped else None) or block.name.text),
    )


def mapped_name(declared: Field | EnumValue) -> str | None:
    """What `@map("...")` says."""
    attribute = attribute_named(declared.attributes, "map")
    return string_argument(attribute, "name", default=True) if attribute else None
