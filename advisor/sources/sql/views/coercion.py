"""Which function or operator is meant, and which type several values have in common. In: types. Out: a type, or None.

Types are named as `format_type` names them; `unknown` is the type of a string constant, None that of what could not be derived.
Sources: "Type Conversion" in PostgreSQL's documentation, `func_select_candidate` (src/backend/parser/parse_func.c),
`select_common_type`, `can_coerce_type` and `enforce_generic_type_consistency` (src/backend/parser/parse_coerce.c).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from advisor.sources.sql.views.builtins import Candidate, built_in_type, has_implicit_cast, plain

LITERAL = "unknown"

ELEMENTS = frozenset({"anyelement", "anynonarray", "anyenum"})
COMPATIBLE = frozenset(
    {"anycompatible", "anycompatiblearray", "anycompatiblenonarray", "anycompatiblerange", "anycompatiblemultirange"}
)
POLYMORPHIC = ELEMENTS | COMPATIBLE | {"anyarray", "anyrange", "anymultirange"}

EXTENSION_CATEGORIES = {"citext": "S"}
EXTENSION_CASTS = {"citext": frozenset({"text", "character varying", "bpchar"})}
"""What common extensions add: their types' categories and implicit casts."""


class Types(Protocol):
    """What the schema says of types of the user's own."""

    def base_of(self, type_name: str) -> str:
        """The type below a domain; any other type itself."""

    def category_of(self, type_name: str) -> str | None:
        """`E` for an enum, `C` for a composite type, `R` for a range; None for what is not known."""

    def subtype_of(self, type_name: str) -> str | None:
        """The type that a range of the user's own is over."""


class Choice(Struct, frozen=True):
    """The candidate that was chosen, and the type that it gives."""

    candidate: Candidate
    result: str | None


def is_array(type_name: str) -> bool:
    return type_name.endswith("[]")


def category(types: Types, type_name: str) -> str:
    if is_array(type_name):
        return "A"
    found = built_in_type(type_name)
    if found is not None:
        return found.category
    return types.category_of(type_name) or EXTENSION_CATEGORIES.get(type_name, "U")


def is_preferred(type_name: str) -> bool:
    found = built_in_type(type_name)
    return found is not None and found.preferred


def coerces(types: Types, source: str, target: str) -> bool:
    """Whether a value of one type goes where another is asked for, without a cast being written."""
    source = types.base_of(plain(source))
    if source in (target, LITERAL) or target == '"any"':
        return True
    if target in POLYMORPHIC:
        return fits_polymorphic(types, source, target)
    if target == "record":
        return category(types, source) == "C"
    if is_array(source) and is_array(target):
        return coerces(types, source[:-2], target[:-2])
    return has_implicit_cast(source, target) or target in EXTENSION_CASTS.get(source, ())


def fits_polymorphic(types: Types, source: str, target: str) -> bool:
    kind = category(types, source)
    if target in ("anyarray", "anycompatiblearray"):
        return is_array(source)
    if target in ("anynonarray", "anycompatiblenonarray"):
        return not is_array(source)
    if target == "anyenum":
        return kind == "E"
    if target.endswith("multirange"):
        return kind == "R" and is_multirange(source)
    if target.endswith("range"):
        return kind == "R" and not is_multirange(source)
    return True


def is_multirange(type_name: str) -> bool:
    found = built_in_type(type_name)
    return found is not None and found.multirange_of is not None


def common_type(types: Types, given: Iterable[str | None]) -> str | None:
    """The type of CASE, COALESCE, ARRAY, VALUES, UNION: with its modifier where all agree in it."""
    wanted = list(given)
    if any(one is None for one in wanted) or not wanted:
        return None
    known = [one for one in wanted if one is not None and one != LITERAL]
    if not known:
        return "text"
    if len(set(known)) == 1 and len(known) == len(wanted):
        return known[0]
    if len({plain(one) for one in known}) == 1 and len(known) == len(wanted):
        return plain(known[0])
    chosen = types.base_of(plain(known[0]))
    for one in (types.base_of(plain(one)) for one in known[1:]):
        if one == chosen or category(types, one) != category(types, chosen):
            continue
        if not is_preferred(chosen) and coerces(types, chosen, one) and not coerces(types, one, chosen):
            chosen = one
    return chosen


def choose(types: Types, candidates: Iterable[Candidate], given: Sequence[str | None]) -> Choice | None:
    """The candidate that PostgreSQL takes for arguments of these types."""
    fitting = [shaped for candidate in candidates if (shaped := with_arity(candidate, len(given))) is not None]
    known = [one for one in given if one is not None]
    if len(known) < len(given):
        results = {candidate.result for candidate in fitting}
        return Choice(fitting[0], fitting[0].result) if len(results) == 1 and not results & POLYMORPHIC else None
    arguments = [types.base_of(plain(one)) for one in known]
    exact = [candidate for candidate in fitting if list(candidate.arguments) == arguments]
    if not exact:
        matching = [found for found in fitting if all(map(lambda a, b: coerces(types, a, b), arguments, found.arguments))]
        exact = matching if len(matching) <= 1 else select(types, matching, arguments)
    return Choice(exact[0], result_type(types, exact[0], known)) if len(exact) == 1 else None


def with_arity(candidate: Candidate, count: int) -> Candidate | None:
    """A candidate as called with so many arguments: defaults left out, a variadic one repeated."""
    arguments = candidate.arguments
    if len(arguments) - candidate.defaults <= count <= len(arguments) and not (candidate.variadic and count == len(arguments)):
        return replace(candidate, arguments=arguments[:count])
    if candidate.variadic is not None and count >= len(arguments):
        fixed = arguments[:-1]
        return replace(candidate, arguments=(*fixed, *[candidate.variadic] * (count - len(fixed))))
    return None


def select(types: Types, candidates: list[Candidate], arguments: Sequence[str]) -> list[Candidate]:
    """`func_select_candidate`: exact matches, then preferred types, then the categories that constants may stand for."""
    places = [place for place, one in enumerate(arguments) if one != LITERAL]
    unknown = [place for place, one in enumerate(arguments) if one == LITERAL]
    candidates = most(candidates, lambda found: sum(found.arguments[place] == arguments[place] for place in places))
    if len(candidates) > 1:
        candidates = most(candidates, lambda found: sum(is_near(types, found.arguments[at], arguments[at]) for at in places))
    if len(candidates) <= 1 or not unknown:
        return candidates
    candidates = accept_constants(types, candidates, unknown)
    if len(candidates) > 1 and len({arguments[place] for place in places}) == 1:
        assumed = arguments[places[0]]
        return [found for found in candidates if all(coerces(types, assumed, found.arguments[place]) for place in unknown)]
    return candidates


def is_near(types: Types, target: str, source: str) -> bool:
    return target == source or (is_preferred(target) and category(types, target) == category(types, source))


def most(candidates: list[Candidate], score: Callable[[Candidate], int]) -> list[Candidate]:
    scores = [score(found) for found in candidates]
    return [found for found, reached in zip(candidates, scores, strict=True) if reached == max(scores)]


def accept_constants(types: Types, candidates: list[Candidate], unknown: Sequence[int]) -> list[Candidate]:
    """Of candidates, those that take string constants in these places as most do."""
    wanted: dict[int, tuple[str, bool]] = {}
    for place in unknown:
        targets = [found.arguments[place] for found in candidates]
        categories = {category(types, target) for target in targets}
        if "S" in categories:
            chosen = "S"
        elif len(categories) == 1:
            chosen = categories.pop()
        else:
            return candidates
        wanted[place] = (chosen, any(is_preferred(target) and category(types, target) == chosen for target in targets))

    def accepts(found: Candidate) -> bool:
        return all(
            category(types, found.arguments[place]) == kind and (is_preferred(found.arguments[place]) or not preferred)
            for place, (kind, preferred) in wanted.items()
        )

    return [found for found in candidates if accepts(found)] or candidates


def result_type(types: Types, candidate: Candidate, given: Sequence[str]) -> str | None:
    """What a candidate gives for these arguments: a polymorphic result takes its type from them."""
    result = candidate.result
    if result not in POLYMORPHIC:
        return result
    pairs = [(target, plain(source)) for target, source in zip(candidate.arguments, given, strict=True) if source != LITERAL]
    if result in COMPATIBLE:
        values = [element_type(types, target, source) for target, source in pairs if target in COMPATIBLE]
        element = common_type(types, values) if values else "text"
    else:
        elements = [element_type(types, target, source) for target, source in pairs if target in POLYMORPHIC - COMPATIBLE]
        element = next(iter(elements), None)
    whole = next((source for target, source in pairs if target == result), None)
    if result.endswith("range"):
        return whole or range_over(element, pairs, multirange=result.endswith("multirange"))
    if element is None:
        return None
    return (element if is_array(element) else f"{element}[]") if result.endswith("array") and "non" not in result else element


def range_over(element: str | None, pairs: Sequence[tuple[str, str]], *, multirange: bool) -> str | None:
    for _, source in pairs:
        found = built_in_type(source)
        if found is not None and multirange and found.multirange:
            return found.multirange
        if found is not None and not multirange and found.multirange_of:
            return next((name for name in RANGE_NAMES if (one := built_in_type(name)) and one.range_of == element), None)
    return None


RANGE_NAMES = ("int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange")


def element_type(types: Types, target: str, source: str) -> str | None:
    """The element that a polymorphic argument stands for."""
    base = types.base_of(source)
    if target in ("anyarray", "anycompatiblearray"):
        return base[:-2] if is_array(base) else None
    if "range" in target:
        found = built_in_type(base)
        return (found.range_of or found.multirange_of) if found is not None else types.subtype_of(base)
    return source
