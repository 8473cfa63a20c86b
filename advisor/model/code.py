"""What application code does with databases, caches and shells: facts that a front end found, free of any syntax tree."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from advisor.model.location import Location

Role = Literal["application", "test", "seed", "script", "migration", "example"]
"""What a file is for, from its path: a loop of queries in a seed script harms nobody."""


class Scope(Struct, frozen=True):
    """Where a piece of code stands: its file's role, and the function around it (None at the top of a module).

    `function` is the nearest name (`Class.method` for methods), `function_location` the whole function from its first to its last
    character, so that two facts of one function have equal ones. A callback that runs in place (`map`, `$transaction`) belongs to
    the function around it; one that is called later (a route's handler) is a function of its own, with or without a name.
    """

    role: Role
    function: str | None = None
    function_location: Location | None = None


class Loop(Struct, frozen=True):
    """A loop, or a callback that runs once for each element of a collection.

    `kind`: `for` (counting), `for of`, `for in`, `for await`, `while`, or the method whose callback it is (`map`, `forEach`, ...).
    `concurrent`: its bodies run at once (`Promise.all(xs.map(...))`, pMap), so that round trips overlap but still are one each.
    """

    kind: str
    location: Location
    element: tuple[str, ...] = ()
    """The names bound to the element, destructured ones included."""
    collection: str = ""
    """Source text of what is looped over."""
    concurrent: bool = False
    bounded: bool = False
    """The number of rounds is a small constant: an array literal, `slice(0, 25)`, a counter up to a literal, a retry."""
    drains: bool = False
    """It fetches batch after batch until nothing is left (`while (true)`, a cursor, `hasMore`): a query a round is its point."""
    chunks: bool = False
    """Its element is itself a batch (`chunk(ids, 100)`, `for (let i = 0; i < n; i += size)`)."""
    fetched_model: str | None = None
    """The model whose `findMany` filled the collection (`users` of `const users = await prisma.user.findMany()`), where seen."""
    fetched_at: Location | None = None
    """Where that `findMany` stands."""
    binding: str | None = None
    """Source text of what the element is bound to (`user`, `{ id, name }`, `[key, value]`), for remedies that walk it again."""


class ParameterUse(Struct, frozen=True, order=True):
    """A parameter of the function around a piece of code that decides what it does, or one property of it.

    `load(id)` uses parameter 0; `load({ id, limit })` that asks for `id` alone uses its property `id`.
    """

    position: int
    property: str | None = None


class RawSql(Struct, frozen=True):
    """SQL text handed to a driver or ORM. `interpolations` are the values pasted into the text, not bound as parameters."""

    location: Location
    scope: Scope
    api: str
    """As written: `prisma.$queryRawUnsafe`, `pool.query`."""
    text: str
    """The SQL with `${...}` for each value pasted into it, in the order of `interpolations`. Values that a tagged template binds
    are `$1`, `$2`; constants of the file are written out."""
    interpolations: tuple[Interpolation, ...] = ()
    client: str | None = None
    """What the call is made on, as written (`pool`, `prisma`)."""
    loops: tuple[Loop, ...] = ()
    """The loops around it, outermost first."""
    uses_element_of: Loop | None = None
    """The innermost of `loops` whose element is in the text or among the parameters."""
    awaited: bool = False
    complete: bool = True
    """False where a part of the text is built out of sight."""
    parameters: tuple[str, ...] = ()
    """Source texts of the values bound to `$1`, `$2` and so on, where they are written out."""
    uses_parameters: tuple[ParameterUse, ...] = ()
    """The parameters of the function around it that the text or any value is made of."""
    made_of: tuple[tuple[ParameterUse, ...], ...] = ()
    """The same for each of `parameters`."""


class Interpolation(Struct, frozen=True):
    """A value pasted into text. `safety` says whether it can carry an attack: `constant` and `number` cannot."""

    text: str
    location: Location
    safety: Literal["constant", "number", "identifier", "unknown"] = "unknown"
    """`identifier`: goes through a quoting or allow-listing function; `unknown`: anything at all may be in it."""


class ClientConfig(Struct, frozen=True):
    """A database client or pool made in code, with the options that are written out."""

    location: Location
    scope: Scope
    library: Literal["pg", "prisma", "ioredis", "redis", "postgres", "node"]
    """`pg` for what connects through it, too (Sequelize, Knex, TypeORM). `node` is the process itself: the assignment
    `process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'` switches verification off for every client."""
    constructor: str
    """`Pool`, `Client`, `PrismaClient`, `Redis`; `NODE_TLS_REJECT_UNAUTHORIZED` for `node`."""
    rejects_unauthorized: bool | None = None
    """`ssl.rejectUnauthorized` as written; None where it is not."""
    rejects_unauthorized_location: Location | None = None
    only_in_development: bool = False
    """The setting is chosen by NODE_ENV or a local host, so that production verifies."""
    options: tuple[str, ...] = ()
    """The names of the options given."""
    complete: bool = True
    ssl_mode: str | None = None
    """`sslmode` as written in its connection string (`no-verify`), where that string is in the code."""


class RedisCommand(Struct, frozen=True):
    """One Redis command. `command` is lower-case; `key` is the source text of its key."""

    location: Location
    scope: Scope
    command: str
    key: str
    expires: bool | None = None
    """For commands that write: whether they set a time to live themselves; None where arguments are not to be seen, where `KEEPTTL`
    keeps the one that the key had, and for commands that only read. `EXPIRE` and its kin set one."""
    in_multi: bool = False
    """Queued in MULTI or a pipeline that is a transaction (`multi()`), where commands run together."""
    in_pipeline: bool = False
    value_is_serialised: bool = False
    """The value is `JSON.stringify(...)` or the result of a query: a cached copy."""
    queue: str | None = None
    """The chain it stands in, where it is queued (its variable or method and place): commands with one value run together."""
    client: str = ""
    """What the command is called on, as written (`redis`, `this.cache`)."""
    arguments: tuple[str, ...] = ()
    """Source texts of all its arguments, the key first."""
    client_known: bool = True
    """The file itself shows that the client is ioredis or node-redis; else its name says so, and it may be a wrapper that adds to
    the command."""
    package: str = ""
    """The npm package that the client comes from, where the file shows it (`ioredis`, `redis`, `@upstash/redis`)."""


class ShellCommand(Struct, frozen=True):
    """A command line given to a child process."""

    location: Location
    scope: Scope
    api: str
    """`exec`, `execSync`, `spawn`, `execFile`, or `sh` for a line of a shell script."""
    text: str
    """The command line, `${...}` for each interpolated value; arguments of a list joined by spaces."""
    through_shell: bool
    interpolations: tuple[Interpolation, ...] = ()

    def runs(self, *programs: str) -> bool:
        """Whether the command line calls one of these programs, by whatever path (`/usr/bin/pg_dump`)."""
        names = "|".join(re.escape(program) for program in programs)
        return re.search(rf"(?<![\w.-])(?:{names})(?![\w.-])", self.text) is not None


class ApiUse(Struct, frozen=True):
    """A use of a library's API that may have been removed: `prisma.$use(...)`."""

    location: Location
    scope: Scope
    library: str
    name: str


OutsideKind = Literal["request", "payment", "mail", "queue", "storage", "file", "process"]
"""`request` is any other call over the network; `process` a child process."""


class OutsideCall(Struct, frozen=True):
    """A call that leaves the process while a transaction is open, itself or through functions of the project."""

    location: Location
    """The call in the transaction: of `fetch`, or of the function behind which that is."""
    scope: Scope
    transaction: Location
    """The call that opens the transaction."""
    name: str
    """What is called in the transaction, as written."""
    kind: OutsideKind
    outside: str
    """What leaves the process, as written where it is called: `stripe.refunds.create`."""
    package: str
    """The package that it comes from; `global` for `fetch`."""
    at: Location
    """Where that is called: `location`, or a place behind it."""


class CodeFile(Struct, frozen=True):
    """Everything found in one file of code, in order of place."""

    path: str
    role: Role
    raw_sql: tuple[RawSql, ...] = ()
    clients: tuple[ClientConfig, ...] = ()
    redis_commands: tuple[RedisCommand, ...] = ()
    shell_commands: tuple[ShellCommand, ...] = ()
    api_uses: tuple[ApiUse, ...] = ()
    outside_calls: tuple[OutsideCall, ...] = ()
    """Known once all files are read: such a call may be behind a function of another."""


NEWEST_MINOR = 1_000_000


class Dependency(Struct, frozen=True):
    """A package that a manifest asks for. `version` is the lowest that its range admits, as numbers; empty where it names none."""

    name: str
    range: str
    version: tuple[int, ...]
    location: Location

    @property
    def keeps_minor(self) -> bool:
        """Whether the range names one version, or the patches of one minor version alone (`~6.13.0`)."""
        return re.fullmatch(r"\s*(?:[=v~]\s*)?\d+\.\d+(?:\.[\w.+-]+)?\s*", self.range) is not None

    @property
    def newest(self) -> tuple[int, ...]:
        """The newest version that is likely installed: `^7.2.0` admits every later minor version of 7, and lock files follow."""
        return self.version if self.keeps_minor or not self.version else (self.version[0], NEWEST_MINOR)


class Manifest(Struct, frozen=True):
    """A package.json: which versions of which libraries the code beside and below it uses."""

    path: str
    dependencies: tuple[Dependency, ...]
    prisma_schema: str | None = None
    """The path that its `prisma.schema` gives, from its own folder."""
    package: str | None = None
    """What the package is called, by which others in the same workspace import it."""

    def version_of(self, package: str) -> tuple[int, ...] | None:
        return next((dependency.version for dependency in self.dependencies if dependency.name == package), None)
