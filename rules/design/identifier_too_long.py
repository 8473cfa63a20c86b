"""A name of more than 63 bytes, of which PostgreSQL keeps the first 63.

## Why it matters
PostgreSQL cuts the name and says so in a NOTICE, which migration tools do not show. Two names that begin alike become one: the
second `CREATE TABLE` fails, with `IF NOT EXISTS` it is passed over in silence and the table or index is never made. SQL that
repeats the long name works, since it is cut there too; whoever looks for it in the catalogs (an ORM that compares its schema with
the database, a check `WHERE conname = '...'`, monitoring) does not find it, and makes it again or reports it missing. A letter
outside ASCII takes two to four bytes. A label of an enum is not cut but refused.

Prisma shortens the names of keys and indexes that it makes up, and refuses longer ones in `map:`; names of tables, columns and
enums it passes on.

## When it is fine
The statement has run long ago and everything that uses the name is SQL: such migrations are only possible findings.

## What to do
A shorter name. What exists is called by what was kept of its name: `ALTER TABLE ... RENAME` from there.

## Sources
- PostgreSQL documentation, "Identifiers and Key Words": "The system uses no more than NAMEDATALEN-1 bytes of an identifier; longer
  names can be written in commands, but they will be truncated"
  https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
- measured on PostgreSQL 18: two indexes whose names differ in byte 71 alone, "relation already exists"; an enum's label, "invalid
  enum label"
- what Prisma does: its schema engine's DDL (@prisma/schema-engine-wasm 8.1.0)
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from advisor.habits import each_or_all
from advisor.model import Database, Migration, WrittenName
from advisor.rule import Confidence, Finding, Related, Severity, prisma, project, rule, sql

RECENT = 5
"""So many of the newest migrations may well be still to run."""

BAD = [
    sql("CREATE TABLE monthly_customer_subscription_renewal_reminder_notification_deliveries (id bigint PRIMARY KEY);"),
    sql("""
        CREATE TABLE "Прозвища пользователей и их соответствия" (id bigint PRIMARY KEY);  -- two bytes a letter
    """),
    project(
        {
            "migrations/019.sql": """
                ALTER TABLE notification_deliveries
                  ADD CONSTRAINT notification_deliveries_must_have_either_an_email_address_or_a_phone CHECK (email IS NOT NULL);
            """
        }
    ),
    sql("""
        CREATE INDEX notification_deliveries_by_the_subscription_and_the_time_they_were_sent ON deliveries (sent_at);
        CREATE INDEX notification_deliveries_by_the_subscription_and_the_time_they_were_read ON deliveries (read_at);
        DROP INDEX IF EXISTS Notification_Deliveries_by_the_subscription_and_the_time_they_were_read;  -- folded: the same name
    """),
    prisma("""
        model Delivery {
          id         Int @id
          reminderId Int @map("the_identifier_of_the_monthly_subscription_renewal_reminder_notification")
        }
    """),
]
GOOD = [
    sql("""
        CREATE TABLE exactly_sixty_three_bytes_are_still_a_name_that_postgres_will_k (id bigint PRIMARY KEY);
        COMMENT ON TABLE exactly_sixty_three_bytes_are_still_a_name_that_postgres_will_k
            IS 'monthly_customer_subscription_renewal_reminder_notification_deliveries_of_all_kinds_and_ages';
        -- monthly_customer_subscription_renewal_reminder_notification_deliveries_of_all_kinds_and_ages
        INSERT INTO exactly_sixty_three_bytes_are_still_a_name_that_postgres_will_k VALUES (1);
    """),
    prisma("""
        model MonthlySubscriptionRenewalReminder {
          id                                          Int @id
          monthlySubscriptionRenewalReminderAttemptNo Int

          @@index([monthlySubscriptionRenewalReminderAttemptNo, id])
        }
    """),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def identifier_too_long(database: Database) -> Iterator[Finding]:
    places: dict[str, list[tuple[WrittenName, Migration | None]]] = defaultdict(list)
    for name in database.schema.cut_names:
        places[name.text].append((name, None))
    for migration in database.migrations:
        for name in migration.cut_names if not migration.applied else ():
            places[name.text].append((name, migration))
    alike: dict[str, list[str]] = defaultdict(list)
    for text, found in places.items():
        alike[found[0][0].kept].append(text)
    findings = [finding(found, alike) for found in places.values()]
    for confidence in (Confidence.CERTAIN, Confidence.POSSIBLE):
        told = [each for each in findings if each.confidence is confidence]
        message = f"{len(told)} names have more than 63 bytes: PostgreSQL keeps the first 63 of each"
        yield from each_or_all(told, of=len(told) * 2, subject="long names throughout", message=message)


def finding(found: Sequence[tuple[WrittenName, Migration | None]], alike: Mapping[str, Sequence[str]]) -> Finding:
    (name, first), *others = found
    twin = next((other for other in alike[name.kept] if other != name.text), None)
    clash = f", just as of {twin}" if twin else ""
    return Finding(
        at=name.location,
        subject=name.text,
        message=f"{name.text} has {len(name.text.encode())} bytes: PostgreSQL keeps {name.kept} of it{clash}",
        confidence=Confidence.POSSIBLE if first and first.later >= RECENT else Confidence.CERTAIN,
        related=tuple(Related(other.location, "the same name again") for other, _ in others[:2]),
    )
