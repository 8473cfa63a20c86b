"""Names that cannot be. In: all blocks. Out: who is who, and mistakes for names that are taken, reserved or not names at all.

Source: `names.rs` and `reserved_model_names.rs` in prisma/prisma-engines.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.sources.prisma.syntax import Attribute, Block, Config, EnumBlock, Identifier, Model
from advisor.sources.prisma.types import SCALARS
from advisor.sources.prisma.validation.mistakes import Mistakes
from advisor.sources.prisma.validation.resolved import Entity, Resolved

RESERVED = frozenset(
    """PrismaClient async await break case catch class const continue debugger default delete do else enum export extends false
    finally for function if implements import in instanceof interface let new null package private protected public return super
    switch this throw true try typeof using var void while with yield""".split()
)
"""Words of JavaScript, and the client's own class."""


def resolve_names(blocks: Sequence[Block], lost: frozenset[str], mistakes: Mistakes) -> Resolved:
    """Look at every name that a block gives; of two blocks with one name, the later is the one that others find."""
    resolved = Resolved(lost=lost)
    taken: dict[tuple[str, str], str] = {}
    for block in blocks:
        if block.name.text in SCALARS:
            mistakes.add(block, block.name, f"`{block.name.text}` is a type of Prisma's own")
        match block:
            case Config():
                check_settings(block, mistakes)
                resolved.configs.append(block)
            case EnumBlock():
                check_enum(block, mistakes)
                resolved.enums.append(block)
                resolved.types[block.name.text] = block
            case Model():
                check_model(block, mistakes)
                take_model(block, resolved)
        space = block.keyword if isinstance(block, Config) else "type"
        kind = "enum" if isinstance(block, EnumBlock) else block.keyword
        if (space, block.name.text) in taken:
            first = taken[space, block.name.text]
            mistakes.add(block, block.name, f"`{block.name.text}` is already the name of a {first}")
        taken[space, block.name.text] = kind
    return resolved


def take_model(block: Model, resolved: Resolved) -> None:
    resolved.types[block.name.text] = block
    if block.keyword == "type":
        resolved.composites.append(block)
    else:
        # Two models with one name are told apart by the place of the first, so that both are looked into.
        key = block.name.text if block.name.text not in resolved.entities else f"{block.name.text} {block.span.start}"
        resolved.entities[key] = Entity(block)


def check_settings(block: Config, mistakes: Mistakes) -> None:
    seen: set[str] = set()
    for setting in block.settings:
        if setting.name.text in seen:
            mistakes.add(block, setting.name, f"`{setting.name.text}` is set twice")
        seen.add(setting.name.text)


def check_enum(block: EnumBlock, mistakes: Mistakes) -> None:
    check_name(block, block.name, mistakes)
    check_attribute_names(block, block.attributes, mistakes)
    check_reserved(block, mistakes)
    seen: set[str] = set()
    for value in block.values:
        check_name(block, value.name, mistakes)
        check_attribute_names(block, value.attributes, mistakes)
        if value.name.text in seen:
            mistakes.add(block, value, f"{block.name.text} already has a value `{value.name.text}`")
        seen.add(value.name.text)
    if not block.values:
        mistakes.add(block, block.name, "an enum has at least one value")


def check_model(block: Model, mistakes: Mistakes) -> None:
    composite = block.keyword == "type"
    check_name(block, block.name, mistakes)
    if not composite:
        check_reserved(block, mistakes)
        check_attribute_names(block, block.attributes, mistakes)
    seen: set[str] = set()
    for field in block.fields:
        if not composite:
            check_name(block, field.name, mistakes)
            check_attribute_names(block, field.attributes, mistakes)
        if field.name.text in seen:
            mistakes.add(block, field.name, f"{block.name.text} already has a field `{field.name.text}`")
        seen.add(field.name.text)


def check_reserved(block: Model | EnumBlock, mistakes: Mistakes) -> None:
    if block.name.text in RESERVED:
        mistakes.add(block, block.name, f"`{block.name.text}` is reserved: the generated client could not have it as a name")


def check_attribute_names(block: Block, attributes: Sequence[Attribute], mistakes: Mistakes) -> None:
    for attribute in attributes:
        check_name(block, Identifier(attribute.name, attribute.span), mistakes)


def check_name(block: Block, name: Identifier, mistakes: Mistakes) -> None:
    if name.text[:1].isnumeric():
        mistakes.add(block, name, f"`{name.text}` begins with a digit, which no name may")
    elif "-" in name.text:
        mistakes.add(block, name, f"`{name.text}` holds a `-`, which no name may")
