"""Connection strings as people write them. In: a URL or `key=value` words. Out: what libpq takes, and how to name it in public.

Prisma puts parameters of its own into the URL, which libpq refuses: they are dropped, and `schema` says which schema to read.
Source: Prisma documentation, "PostgreSQL database connector", section "Connection URL"
(https://www.prisma.io/docs/orm/overview/databases/postgresql); libpq's words: PostgreSQL documentation, section 32.1.2.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from msgspec import Struct

from advisor.errors import InputError
from advisor.masking import MASK, masked

SCHEMES = ("postgres", "postgresql")
OF_PRISMA = frozenset(
    """schema connection_limit pool_timeout pgbouncer statement_cache_size socket_timeout sslidentity sslaccept sslpassword
    max_connection_lifetime max_idle_connection_lifetime single_use_connections tcp_user_timeout""".split()
)
"""Parameters that Prisma's engine reads and libpq does not know, or reads otherwise."""
SSL_ACCEPT = {"strict": "verify-full", "accept_invalid_certs": "require"}


class Address(Struct, frozen=True):
    """Where a database is: `conninfo` for libpq, `shown` for people (no user, no password), and the schema that was asked for."""

    conninfo: str
    shown: str
    schema: str | None = None
    secrets: tuple[str, ...] = ()
    """The password, as written and decoded: no message may hold it."""

    def without_secrets(self, text: str) -> str:
        """A message as it may be printed, whatever it echoes."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return masked(text)


def read_address(text: str) -> Address:
    """Understand a connection string. Raises `InputError`, in which no password stands."""
    given = text.strip()
    scheme = given.partition("://")[0].lower() if "://" in given else None
    if scheme in SCHEMES:
        return read_url(given)
    if scheme in {"prisma+postgres", "prisma"}:
        raise InputError("--db: a prisma:// address is a service of Prisma's: give the address of the PostgreSQL behind it")
    if scheme is not None and "=" not in scheme:
        raise InputError(f"--db: {scheme}:// is not PostgreSQL's: an address begins with postgresql://")
    if "=" not in given:
        raise InputError("--db: not a connection string: write postgresql://user@host:5432/database or host=... dbname=...")
    return read_words(given)


def read_url(url: str) -> Address:
    try:
        parts = urlsplit(url)
        parameters = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        raise InputError("--db: not a URL that can be read") from None
    user_info, at, hosts = parts.netloc.rpartition("@")
    if not at and ":" in parts.netloc and "@" in url:
        raise InputError("--db: a /, ? or # in a password is written %2F, %3F or %23")
    written = user_info.partition(":")[2]
    secrets = [written, unquote(written), *(value for name, value in parameters if name in ("password", "sslpassword"))]
    kept = [(name, value) for name, value in parameters if name not in OF_PRISMA]
    asked = dict(parameters)
    if asked.get("sslaccept") in SSL_ACCEPT and "sslmode" not in asked:
        kept.append(("sslmode", SSL_ACCEPT[asked["sslaccept"]]))
    query = f"?{urlencode(kept, quote_via=quote)}" if kept else ""
    conninfo = f"postgresql://{parts.netloc}{parts.path}{query}"
    # libpq takes the last of what is said twice: `/app?dbname=other` is `other`.
    place = asked.get("host") or hosts
    shown = shown_place(unquote(place), asked.get("port"), asked.get("dbname") or unquote(parts.path.lstrip("/")))
    return Address(conninfo, shown, asked.get("schema") or None, tuple(secret for secret in secrets if secret))


def read_words(text: str) -> Address:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        words = conninfo_to_dict(text)
    except ProgrammingError as error:
        raise InputError(f"--db: {masked(str(error).strip())}") from None
    secrets = tuple(str(words[name]) for name in ("password", "sslpassword") if words.get(name))
    host, port = str(words.get("host") or ""), str(words.get("port") or "")
    return Address(text, shown_place(host, port, str(words.get("dbname") or "")), None, secrets)


def shown_place(host: str, port: str | None, database: str) -> str:
    """`postgresql://host:5432/database`; a socket's folder goes without, the port where it is the usual one too."""
    place = "" if host.startswith("/") else host.removesuffix(":5432")
    if port and port != "5432" and place:
        place = f"{place}:{port}"
    return f"postgresql://{place or 'localhost'}/{database}".removesuffix("/")
