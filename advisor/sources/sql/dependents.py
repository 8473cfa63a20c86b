"""What else changes when a column or a table is renamed or goes: triggers, statistics, policies, privileges.

In: the catalog before the change. Out: the catalog with everything that hangs on it changed, or a table's value without it.
"""

from __future__ import annotations

from msgspec.structs import replace

from advisor.model import Name, Table, Trigger
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.objects.functions import remove_function
from advisor.sources.sql.objects.kept import rename_table_in_rules
from advisor.sources.sql.objects.policies import (
    drop_policies_reading,
    drop_policies_reading_column,
    note_readers,
    rename_column_in_policies,
)
from advisor.sources.sql.objects.statistics import reads_column, with_statistics_column_renamed
from advisor.sources.sql.spelling.expressions import with_column_renamed
from advisor.sources.sql.text.quoting import quote_name


def drop_what_reads_column(catalog: Catalog, name: Name, column: str) -> None:
    """A column goes: triggers that name it, statistics on it and policies that read it go first."""
    table = catalog.known(name)
    triggers = tuple(trigger for trigger in table.triggers if not trigger_reads(trigger, column))
    statistics = tuple(found for found in table.statistics if not reads_column(found, column))
    if len(triggers) < len(table.triggers) or len(statistics) < len(table.statistics):
        catalog.put(replace(table, triggers=triggers, statistics=statistics))
    drop_policies_reading_column(catalog, name, column)


def trigger_reads(trigger: Trigger, column: str) -> bool:
    return column in trigger.update_columns or (trigger.condition is not None and column in trigger.condition.columns)


def rename_column_in_dependents(catalog: Catalog, name: Name, old: str, new: str) -> None:
    """To be called while the column still has its old name."""
    rename_column_in_policies(catalog, name, old, new)
    catalog.objects.privileges.rename_column(name.qualified, old, new)
    table = catalog.known(name)
    if table.triggers or table.statistics:
        catalog.put(with_parts_renamed(table, old, new))


def with_parts_renamed(table: Table, old: str, new: str) -> Table:
    return replace(
        table,
        triggers=tuple(
            replace(
                trigger,
                update_columns=tuple(new if column == old else column for column in trigger.update_columns),
                condition=with_column_renamed(trigger.condition, old, new) if trigger.condition else None,
            )
            for trigger in table.triggers
        ),
        statistics=tuple(with_statistics_column_renamed(found, old, new) for found in table.statistics),
    )


def follow_rename(catalog: Catalog, old: Name, new: Name) -> None:
    """A table has another name or schema: what it reads itself, and its rules, are known by that."""
    for policy in catalog.known(new).policies:
        note_readers(catalog, new, policy)
    rename_table_in_rules(catalog, old, new)


def drop_what_reads_table(catalog: Catalog, name: Name) -> None:
    """A table goes: policies of others that read it go, and functions that take or give its rows."""
    drop_policies_reading(catalog, name)
    for function in catalog.objects.functions_of_type(quote_name(name)):
        remove_function(catalog, function)
