"""A password, a token or a card number that stands readable in the database.

## Why it matters
Whoever gets a backup, a replica, a log of slow statements or one SQL injection has what is in the tables. A secret that works as
it stands works for them too. Of a card, PCI DSS lets the number be kept only unreadable, and the security code not at all once the
payment is authorized.

## When it is fine
The application encrypts the value before it writes it, which no schema shows; the names tell only what may be there. So secrets
are possible findings, one for a table; likely are only card numbers, security codes and what calls itself plain. Left alone are
`password` in a table of people, which holds a hash nearly everywhere, texts as long as a digest, tables and columns that speak of
hash, salt, cipher or encryption, in a comment too, and on Supabase the tables of the host.

## What to do
- passwords of one's own users: a slow hash (argon2id, bcrypt, scrypt), made by the application
- tokens that are only compared (sessions, API keys, password resets): a SHA-256 of the token, and look up by that
- secrets of other systems, which are needed again: encrypt with a key that is not in the database (a KMS, libsodium), or keep them
  in a vault. `pgcrypto` sends the key to the server with each statement, and into its logs
- cards: leave them with the payment provider, keep its token and the last four digits

Look at what the column has first: `SELECT left(col, 7), length(col) FROM t LIMIT 20`; `$2b$...` and `$argon2id$` are hashes.

## Sources
- OWASP, "Password Storage Cheat Sheet" https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html and
  "Cryptographic Storage Cheat Sheet" https://cheatsheetseries.owasp.org/cheatsheets/Cryptographic_Storage_Cheat_Sheet.html
- PCI DSS 4.0, requirements 3.3.1.2 (security codes) and 3.5.1 (card numbers) https://www.pcisecuritystandards.org/document_library/
- PostgreSQL documentation, "pgcrypto", section "Security Limitations" https://www.postgresql.org/docs/current/pgcrypto.html
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Column, Database, Table
from advisor.model.schema import words_of
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

from ._access import hosts_schemas

TEXTS = frozenset({"text", "character varying", "character", "citext"})
DIGITS = TEXTS | {"bigint", "integer", "numeric", "smallint"}
DIGESTS = frozenset({32, 40, 56, 60, 64, 96, 128})
"""How long hashes are, in hex, and bcrypt's."""
SECURED = frozenset(
    """hash hashed hashes digest encrypted encryption crypted crypt enc cipher ciphertext salt salted iv nonce kms vault masked
    redacted display preview sha sha256 bcrypt argon2 pbkdf2 public""".split()
)
ENCRYPTED = frozenset("iv cipher ciphertext encryption kms vault".split())
"""What stands beside a value that the application encrypts."""
PEOPLE = frozenset(
    """user users account accounts admin admins member members person people customer customers auth login profile profiles staff
    employee employees""".split()
)
PASSWORDS = frozenset("password passwd passphrase pwd".split())
TOKENS = frozenset("access refresh auth api bot session oauth bearer reset personal".split())
KEYS = frozenset("private secret api access".split())
CODES = frozenset({("cvv",), ("cvc",), ("cvv", "2"), ("cvc", "2"), ("cvv", "code"), ("cvc", "code")})
NUMBERS = frozenset({("card", "number"), ("card", "no"), ("cc", "number")})
CARDS = frozenset("payment payments billing credit debit checkout".split())
EXPIRES = frozenset("expiry expiration exp expires holder cardholder cvv cvc".split())
NO_PAYMENT = frozenset("library gift loyalty membership id business health insurance trading sim".split())

BAD = [
    sql("CREATE TABLE payments (id bigint PRIMARY KEY, card_number text, card_cvv2 varchar(4), cvv_code text, card_last4 text);"),
    sql("CREATE TABLE cards (id bigint PRIMARY KEY, card_number numeric(16), expiry_date date);"),
    sql("CREATE TABLE orders (id bigint PRIMARY KEY, card_no varchar(19), card_expires text, cc_number bigint);"),
    sql("CREATE TABLE users (id int, password_hash text, plaintext_password text, password_plain text, otp_secret text);"),
    prisma("""
        model SmtpServer {
          id           Int    @id
          host         String
          smtpPassword String
          apiKey       String
        }
    """),
    sql("""
        CREATE TABLE integrations (id bigint PRIMARY KEY, client_id text, client_secret text, "accessToken" varchar(500));
    """),
    sql("""
        CREATE TABLE a (id int, client_secret text, api_key text); CREATE TABLE b (id int, smtp_password text);
        CREATE TABLE c (id int, access_token text); CREATE TABLE d (id int, private_key text);
        CREATE TABLE e (id int, bot_token text);
    """),
]
GOOD = [
    sql("""
        CREATE TABLE users (
            id bigint PRIMARY KEY, password text NOT NULL, password_hint text, encrypted_password text, api_key_hash text,
            api_token varchar(64), bot_token char(32), reset_token_expires_at timestamptz, secret_question text, token text,
            cvc_check text, display_secret_key text, user_password text
        );
        CREATE TABLE MANAGEDUSER (id bigint PRIMARY KEY, password text);
        CREATE TABLE auth.mfa_factors (id bigint PRIMARY KEY, secret text);  -- Supabase's
        GRANT SELECT ON users TO authenticated;
        CREATE TABLE credentials (id bigint PRIMARY KEY, private_key bytea, api_key text, encryption_key_id text);
        CREATE TABLE readers (id bigint PRIMARY KEY, card_number_last4 text, library_card_number text, card_number_masked text);
        CREATE TABLE cards (id bigint PRIMARY KEY, card_number text, deck_id bigint);  -- of a game
    """),
    sql("""
        CREATE TABLE mailboxes (id bigint PRIMARY KEY, password text, password_iv text);
        CREATE TABLE webhooks (id bigint PRIMARY KEY, secret text);
        COMMENT ON COLUMN webhooks.secret IS 'encrypted by the application';
    """),
    sql("""
        CREATE SCHEMA auth; CREATE SCHEMA extensions; CREATE SCHEMA storage;
        CREATE TABLE auth.mfa_factors (id uuid PRIMARY KEY, secret text);
    """),
    prisma("""
        model User {
          id           Int     @id
          password     String
          passwordHash String?
          otpSecretEnc String?
        }
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def plain_text_secret(database: Database) -> Iterator[Finding]:
    tables: dict[str, tuple[Table, list[Column]]] = {}
    of_host = hosts_schemas(database.schema)
    for table, column in database.columns():
        if table.name.schema not in of_host and not column.is_array and not says_secured(column):
            kind = kind_of_secret(column, table)
            if kind in ("card", "plain"):
                yield sure(column, table, kind)
            elif kind == "secret" and not encrypts(table):
                tables.setdefault(table.name.qualified, (table, []))[1].append(column)
    count = sum(len(columns) for _, columns in tables.values())
    yield from each_or_all(
        [perhaps(table, columns) for table, columns in tables.values()],
        of=len(tables),
        subject="secrets in texts throughout",
        message=f"{count} columns of {len(tables)} tables are named for secrets and are text: unless the application encrypts or "
        "hashes them, whoever reads a backup can use them",
    )


def kind_of_secret(column: Column, table: Table) -> str | None:
    """`card`, `plain` or `secret`; None where its name and type speak of none."""
    words = column.words
    last, before = words[-1:], words[-2:-1]
    if column.base_type in DIGITS and is_of_card(words, table):
        return "card"
    if column.base_type not in TEXTS or not last or (column.modifiers and column.modifiers[0] in DIGESTS):
        return None
    if not PASSWORDS.isdisjoint(words):
        plain = not {"plain", "plaintext", "cleartext"}.isdisjoint(words)
        own = PEOPLE.issuperset(words[:-1]) and is_of_people(words_of(table.name.name))
        return "plain" if plain else "secret" if last[0] in PASSWORDS and not own else None
    named = last == ("secret",) or (last == ("token",) and before and before[0] in TOKENS) or last == ("apikey",)
    return "secret" if named or (last == ("key",) and before and before[0] in KEYS) else None


def is_of_people(words: tuple[str, ...]) -> bool:
    """Whether a table's name speaks of people, `MANAGEDUSER` too."""
    return not PEOPLE.isdisjoint(words) or any(word.endswith(("user", "users")) for word in words)


def is_of_card(words: tuple[str, ...], table: Table) -> bool:
    if is_code(words):
        return True
    if words[-2:] not in NUMBERS or not NO_PAYMENT.isdisjoint(words):
        return False
    beside = (word for column in table.columns for word in column.words)
    return not CARDS.isdisjoint((*words, *words_of(table.name.name))) or not EXPIRES.isdisjoint(beside)


def is_code(words: tuple[str, ...]) -> bool:
    return words[-1:] in CODES or words[-2:] in CODES


def is_secured(words: tuple[str, ...]) -> bool:
    return not SECURED.isdisjoint(words)


def says_secured(column: Column) -> bool:
    return is_secured(column.words) or is_secured(words_of(column.comment or ""))


def encrypts(table: Table) -> bool:
    """Whether other columns of it, its name or its comment speak of encryption."""
    of_columns = (column.words for column in table.columns)
    return is_secured((*words_of(table.name.name), *words_of(table.comment or ""))) or any(
        not ENCRYPTED.isdisjoint(words) for words in of_columns
    )


def sure(column: Column, table: Table, kind: str) -> Finding:
    code = is_code(column.words)
    what = "the security code of cards" if code else "card numbers" if kind == "card" else "passwords"
    rule_of_cards = "PCI DSS forbids to keep it after the payment" if code else "PCI DSS wants them unreadable"
    cost = rule_of_cards if kind == "card" else "whoever reads a backup can use them"
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} keeps {what} in plain text by its name: {cost}",
        confidence=Confidence.LIKELY,
    )


def perhaps(table: Table, columns: list[Column]) -> Finding:
    names = listed(column.name for column in columns)
    them = "it" if len(columns) == 1 else "them"
    return Finding(
        at=columns[0].location,
        subject=table.subject(*(column.name for column in columns)),
        message=f"{table.name} keeps {names} as text: unless the application encrypts or hashes {them}, whoever reads a backup can "
        f"use {them}",
        confidence=Confidence.POSSIBLE,
    )
