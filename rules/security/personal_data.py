"""Personal data: where it is kept.

## Why it matters
Who asks what is known of him, or wants it deleted, has a right to an answer (GDPR, articles 15 and 17; CCPA has the like); data on
health, religion or origin may not be kept at all without a ground of its own (article 9). That needs a list of the places, and so
do backups that are handed on, copies for development and the time after which rows go. This is that list, as far as names tell.

## When it is fine
It is no fault, only a note, one for a database. E-mail addresses and phone numbers, which every application has, are in it beside
other data, and alone do not make it speak; with `contact` they do.

## What to do
Keep the list; write down for each table why the data is there and when it goes, in a comment on the column for instance
(`COMMENT ON COLUMN patients.diagnosis IS 'personal: health; kept 10 years'`). Leave it out of copies for development.

## Options
- `contact` (false): speak where e-mail addresses and phone numbers are all there is.

## Sources
- GDPR, articles 4, 9, 15 and 17: https://eur-lex.europa.eu/eli/reg/2016/679/oj
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from advisor.model import Column, Database, Table
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Options, Related, Severity, prisma, project, rule, sql

KINDS: Mapping[str, frozenset[tuple[str, ...]]] = {
    kind: frozenset(tuple(name.split("_")) for name in names.split())
    for kind, names in {
        "birth": "birth_date birthdate birthday date_of_birth dob birth_day",
        "identity": """ssn social_security_number national_id national_identifier passport_number passport_no id_card_number
            identity_card_number driver_license_number drivers_license driving_license_number national_insurance_number
            personal_number cpf""",
        "health": """diagnosis diagnoses blood_type blood_group medical_history medical_conditions medical_condition disability
            disabilities allergies medications""",
        "belief or origin": "religion ethnicity ethnic_group sexual_orientation political_views nationality",
        "bank account": "iban bank_account_number",
    }.items()
}
CONTACT = frozenset({("email",), ("email", "address"), ("phone",), ("phone", "number"), ("mobile", "number"), ("telephone",)})
DATES = frozenset({"date", "timestamp without time zone", "timestamp with time zone", "text", "character varying"})
FLAGS = frozenset({"smallint", "integer"})

BAD = [
    sql("""
        CREATE TABLE patients (id bigint PRIMARY KEY, name text, date_of_birth date, diagnosis text, email text);
        CREATE TABLE staff (id bigint PRIMARY KEY, email text, phone_number text);
        CREATE TABLE invoices (id bigint PRIMARY KEY, seller_iban text, buyer_religion smallint, is_nationality integer);
        CREATE TABLE people (id bigint PRIMARY KEY, passport_number text, religion integer, dob varchar(10));
    """),
    prisma("""
        model Employee {
          id        Int       @id
          birthDate DateTime? @db.Date
          ssn       String?
        }
    """),
    sql("CREATE TABLE users (id int, telephone text, mobile_number text, email_address text, birth_date timestamptz);"),
    project(
        {
            "advisor.toml": "[rules.personal-data]\ncontact = true",
            "schema.sql": "CREATE TABLE users (id bigint PRIMARY KEY, email text);",
        }
    ),
]
GOOD = [
    sql("""
        CREATE TABLE users (
            id bigint PRIMARY KEY, email text NOT NULL, phone text, telephone text, mobile_number text, email_address text
        );
    """),
    sql("""
        CREATE TABLE settings (id bigint PRIMARY KEY, show_birthday boolean, birthday_email_id bigint, health_check_url text);
        CREATE TABLE birthdays (id bigint PRIMARY KEY, is_birthday boolean, birthday bigint, iban_id bigint);
        CREATE TABLE machines (id bigint PRIMARY KEY, health_status text, diagnosis boolean);
    """),
]


@dataclass(frozen=True)
class InventoryOptions(Options):
    contact: bool = False


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def personal_data(database: Database, options: InventoryOptions) -> Iterator[Finding]:
    found: dict[str, tuple[Table, list[Column]]] = {}
    kinds: dict[str, None] = {}
    for table, column in database.columns():
        kind = kind_of(column)
        if kind:
            found.setdefault(table.name.qualified, (table, []))[1].append(column)
            kinds[kind] = None
    told = [kind for kind in kinds if kind != "contact"] or (list(kinds) if options.contact else [])
    if told:
        places = sorted(found.values(), key=lambda place: place[1][0].location)
        tables = "1 table holds" if len(places) == 1 else f"{len(places)} tables hold"
        shown = listed(described(table, columns) for table, columns in places)
        yield Finding(
            at=places[0][1][0].location,
            subject="personal data",
            message=f"{tables} personal data ({listed(sorted(kinds), len(kinds))}): {shown}",
            confidence=Confidence.LIKELY,
            related=tuple(Related(columns[0].location, described(table, columns)) for table, columns in places[1:]),
        )


def kind_of(column: Column) -> str | None:
    if column.base_type == "boolean":
        return None
    if column.words in CONTACT:
        return "contact"
    flag = column.base_type in FLAGS  # `has_ethnicity integer`
    names = {column.words[start:] for start in range(1 if flag else len(column.words))}
    kind = next((kind for kind, known in KINDS.items() if not known.isdisjoint(names)), None)
    return None if kind == "birth" and column.base_type not in DATES else kind


def described(table: Table, columns: list[Column]) -> str:
    return f"{table.name} ({', '.join(column.name for column in columns)})"
