"""Who calls whom in application code: what the names of a file stand for, and the calls of functions in it.

A front end writes down what one file tells; which function of which file a call means is worked out when all files are read.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from advisor.model.code import Loop, ParameterUse, Scope
from advisor.model.location import Location

RESULT = "()"
"""The member that stands for what a call gives back: `createUsers(db).find` is `createUsers`, then `()`, then `find`."""


class Reference(Struct, frozen=True):
    """A name, and what is taken out of it (`users.find`, `UserService.find`): of a module, or of the file itself.

    `module` is the source of an import as written, empty for the file itself.
    """

    module: str
    name: str
    members: tuple[str, ...] = ()


class Symbol(Struct, frozen=True):
    """What a name of a file stands for.

    A `reference` is another name of something, or an object of the class that it refers to; a class refers to what it extends.
    """

    kind: Literal["function", "class", "object", "interface", "reference"]
    function: Location | None = None
    """The whole function, as in `Scope.function_location`."""
    members: dict[str, Symbol] = {}
    refers: Reference | None = None
    implements: tuple[str, ...] = ()
    """The names of the interfaces of a class, as written."""
    remembers: bool = False
    """It calls a function once for each argument and keeps the results (`cache(async (id) => ...)`)."""


class Given(Struct, frozen=True):
    """An argument of a call, or one property of it where it is an object that is written out."""

    position: int
    text: str
    property: str | None = None
    of_element: bool = False
    """Whether it is made of the element of the loop that decides the call."""
    parameters: tuple[ParameterUse, ...] = ()
    """The parameters of the function around the call that it is made of."""


class CodeCall(Struct, frozen=True):
    """A call of what may be a function of the project. `location` is the whole call."""

    location: Location
    scope: Scope
    target: Reference | None = None
    function: Location | None = None
    """The function of the same file that is called, where it is no member of a name of the file."""
    given: tuple[Given, ...] = ()
    complete: bool = True
    """False where arguments are spread in: which parameter gets what is not known."""
    loops: tuple[Loop, ...] = ()
    uses_element_of: Loop | None = None
    """The innermost of the loops whose element is among the arguments."""
    name: str = ""
    """What is called, as written."""
    awaited: bool = False
    given_back: bool = False
    """The function around it returns its result, so that who awaits that one awaits it."""
    batched_in_transaction: bool = False
    result_name: str | None = None
    transaction: Location | None = None
    """The call that opens the transaction in whose callback it stands."""


class Outline(Struct, frozen=True):
    """What a file offers to others, and whom it calls."""

    symbols: dict[str, Symbol] = {}
    """What its names at the top stand for; what is exported without a name is under `export default`."""
    exports: dict[str, Reference] = {}
    stars: tuple[str, ...] = ()
    """The modules of `export * from`."""
    calls: tuple[CodeCall, ...] = ()
