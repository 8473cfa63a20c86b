"""The arguments of attributes. In: an attribute. Out: its arguments one by one, as the kind of value that is wanted.

What is given twice, given without a name more than once, or asked for by nobody is a mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from advisor.sources.prisma.syntax import (
    Argument,
    ArrayValue,
    Attribute,
    Block,
    Call,
    Constant,
    Expression,
    NumberValue,
    StringValue,
)
from advisor.sources.prisma.validation.mistakes import Mistakes

Item = TypeVar("Item")


class Arguments:
    """The arguments of one attribute that are still to be looked at."""

    def __init__(self, attribute: Attribute, block: Block, mistakes: Mistakes) -> None:
        self.attribute = attribute
        self.block = block
        self.mistakes = mistakes
        self._left: dict[str | None, Argument] = {}

    def report(self, reason: str, node: Expression | Argument | Attribute | None = None) -> None:
        self.mistakes.add(self.block, node or self.attribute, reason)

    def begin(self) -> bool:
        """Whether the attribute is worth looking at: each argument once, and one without a name at most."""
        sound = True
        unnamed = [argument for argument in self.attribute.arguments if argument.name is None]
        if len(unnamed) > 1:
            self.report(f"`{shown(self.attribute)}` takes one value without a name: put several into brackets, `[a, b]`")
            sound = False
        for argument in self.attribute.arguments:
            if argument.name is not None and argument.name in self._left:
                self.report(f"the argument `{argument.name}` is given twice", argument)
                sound = False
            self._left[argument.name] = argument
        return sound

    def take(self, name: str) -> Expression | None:
        argument = self._left.pop(name, None)
        return argument.value if argument else None

    def take_default(self, name: str, *, required: bool = True) -> Expression | None:
        """The argument of that name, or the one without a name."""
        named, unnamed = self._left.pop(name, None), self._left.pop(None, None)
        if named and unnamed:
            if required:
                self.report(f"`{name}` is given twice: once by name and once without", named)
            return None
        if not named and not unnamed and required:
            self.report(f"`{shown(self.attribute)}` lacks its argument `{name}`")
        found = named or unnamed
        return found.value if found else None

    def finish(self) -> None:
        """To be called last: nobody asked for what is left."""
        for argument in self._left.values():
            what = f"an argument `{argument.name}`" if argument.name else "a value without a name"
            self.report(f"`{shown(self.attribute)}` takes no {what.removeprefix('an ').removeprefix('a ')}", argument)
        self._left.clear()

    def string(self, value: Expression | None) -> str | None:
        if value is None or isinstance(value, StringValue):
            return value.value if value else None
        self.report("a string is wanted here", value)
        return None

    def constant(self, value: Expression | None) -> str | None:
        if value is None or isinstance(value, Constant):
            return value.name if value else None
        self.report("a plain word is wanted here", value)
        return None

    def number(self, value: Expression | None) -> int | None:
        if value is None:
            return None
        if isinstance(value, NumberValue) and value.text.lstrip("-").isdigit():
            return int(value.text)
        self.report("a whole number is wanted here", value)
        return None

    def boolean(self, value: Expression | None) -> bool | None:
        if value is None:
            return None
        if isinstance(value, Constant) and value.name in ("true", "false"):
            return value.name == "true"
        self.report("`true` or `false` is wanted here", value)
        return None

    def list_of(self, value: Expression, convert: Callable[[Expression], Item | None]) -> list[Item] | None:
        """Each element converted (a value alone counts as a list of one); None where one of them cannot be."""
        found = [convert(item) for item in (value.items if isinstance(value, ArrayValue) else (value,))]
        kept = [item for item in found if item is not None]
        return kept if len(kept) == len(found) else None

    def name_of_constraint(self, argument: str = "map") -> str | None:
        """The string of `map:` or `name:`, which may not be empty."""
        name = self.string(self.take(argument))
        if name == "":
            self.report(f"`{argument}` must not be empty")
        return name or None


def shown(attribute: Attribute) -> str:
    return f"@{attribute.name}"


class Attributes:
    """The attributes of one field, value or block that are still to be looked at."""

    def __init__(self, attributes: tuple[Attribute, ...], block: Block, mistakes: Mistakes) -> None:
        self.block = block
        self.mistakes = mistakes
        self._left = list(attributes)

    def take(self, name: str) -> Arguments | None:
        """The one attribute of that name; where there are several, each of them is a mistake."""
        found = [attribute for attribute in self._left if attribute.name == name]
        self._left = [attribute for attribute in self._left if attribute.name != name]
        if len(found) > 1:
            for attribute in found:
                self.mistakes.add(self.block, attribute, f"`@{name}` stands here more than once")
            return None
        return self._opened(found[0]) if found else None

    def take_each(self, name: str) -> Iterator[Arguments]:
        """All attributes of that name: those that may be repeated."""
        found = [attribute for attribute in self._left if attribute.name == name]
        self._left = [attribute for attribute in self._left if attribute.name != name]
        for attribute in found:
            arguments = self._opened(attribute)
            if arguments is not None:
                yield arguments

    def take_native_type(self) -> Attribute | None:
        """The attribute with a dot: `@db.VarChar(20)`."""
        found = [attribute for attribute in self._left if "." in attribute.name]
        self._left = [attribute for attribute in self._left if "." not in attribute.name]
        for attribute in found[1:]:
            self.mistakes.add(self.block, attribute, "a field has one `@db.` type")
        return found[-1] if found else None

    def finish(self) -> None:
        """To be called last: nobody knows what is left."""
        for attribute in self._left:
            self.mistakes.add(self.block, attribute, f"no attribute that may stand here is called `@{attribute.name}`")

    def _opened(self, attribute: Attribute) -> Arguments | None:
        arguments = Arguments(attribute, self.block, self.mistakes)
        return arguments if arguments.begin() else None


def is_call(value: Expression | None, name: str) -> bool:
    return isinstance(value, Call) and value.name == name
