"""The table of what PostgreSQL does: for each form of operation its lock on each relation, whether it rewrites, scans or builds.

Every row was traced on servers: the locks in `pg_locks` of the open transaction, rewrites by the file's number, scans by the rows
that were read (tests/model/migration/test_effects.py does so on the server of the test command, scripts/trace_effects.py on any
other: so far on 12, 14, 15, 16, 17 and 18). Versions are those in which a row holds. `tablecmds.c` is
src/backend/commands/tablecmds.c, its lock levels are in `AlterTableGetLockLevel`.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from advisor.model.migration import constraints as c
from advisor.model.migration import objects as o
from advisor.model.migration import operations as t
from advisor.model.migration import statements as s
from advisor.model.migration.locks import Lock

OLDEST, NEVER = 12, 99
Condition: TypeAlias = tuple[str, object]
"""A field of the operation and what it must be: a truth value, a value, or one of several."""

ALTER_TABLE = "https://www.postgresql.org/docs/current/sql-altertable.html"
CREATE_INDEX = "https://www.postgresql.org/docs/current/sql-createindex.html"
EXPLICIT_LOCKING = "https://www.postgresql.org/docs/current/explicit-locking.html"
LEVELS = "tablecmds.c, AlterTableGetLockLevel"


class Row(Struct, frozen=True):
    """One fact. `on` names the fields of the operation that hold the relations it is about."""

    operation: type[t.Operation]
    on: tuple[str, ...]
    lock: Lock | None
    source: str
    when: tuple[Condition, ...] = ()
    rewrites: bool = False
    scans: bool = False
    builds: bool = False
    since: int = OLDEST
    until: int = NEVER


AE, SUE, SRE, SHARE = Lock.ACCESS_EXCLUSIVE, Lock.SHARE_UPDATE_EXCLUSIVE, Lock.SHARE_ROW_EXCLUSIVE, Lock.SHARE
ALL = ("table", "children")
"""Changes of a table that its partitions and heirs share."""

TABLES = (
    Row(t.CreateTable, ("table",), AE, "heap.c, heap_create_with_catalog"),
    Row(t.CreateTable, ("references",), SRE, EXPLICIT_LOCKING),
    Row(t.CreateTable, ("partition_of",), AE, "tablecmds.c, DefineRelation"),
    Row(t.CreateTable, ("default_partition",), AE, "tablecmds.c, DefineRelation", scans=True),
    Row(t.CreateTable, ("inherits",), SUE, "tablecmds.c, DefineRelation"),
    Row(t.DropTable, ("table", "children", "referencing", "references", "partition_of"), AE, EXPLICIT_LOCKING),
    Row(t.DropTable, ("default_partition",), AE, "heap.c, heap_drop_with_catalog"),
    Row(t.RenameTable, ("table",), AE, ALTER_TABLE),
    Row(t.Truncate, ("table", "children", "referencing"), AE, "https://www.postgresql.org/docs/current/sql-truncate.html"),
    *(Row(t.LockTable, ALL, lock, "sql-lock.html", when=(("mode", lock.sql),)) for lock in Lock),
)

COLUMNS = (
    Row(t.AddColumn, ALL, AE, LEVELS, when=(("already_there", True),)),
    Row(t.AddColumn, ALL, AE, ALTER_TABLE, when=(("default", "volatile"),), rewrites=True, scans=True, builds=True),
    Row(t.AddColumn, ALL, AE, ALTER_TABLE, when=(("generated", "stored"),), rewrites=True, scans=True, builds=True),
    Row(t.AddColumn, ALL, AE, ALTER_TABLE, when=(("identity", True),), rewrites=True, scans=True, builds=True),
    Row(
        t.AddColumn, ALL, AE, "tablecmds.c, ATExecAddColumn",
        when=(("constrained_domain", True),), rewrites=True, scans=True, builds=True,
    ),
    Row(t.AddColumn, ALL, AE, ALTER_TABLE, when=(("needs_empty_table", True),), scans=True),
    Row(t.AddColumn, ALL, AE, ALTER_TABLE),
    Row(t.DropColumn, (*ALL, "references", "referencing"), AE, ALTER_TABLE),
    Row(t.RenameColumn, ALL, AE, ALTER_TABLE),
    Row(
        t.AlterColumnType, ("references", "referencing"), AE, "tablecmds.c, ATPostAlterTypeCleanup",
        when=(("work", "rewrite"),), scans=True,
    ),
    Row(t.AlterColumnType, ("references", "referencing"), AE, "tablecmds.c, ATPostAlterTypeCleanup"),
    Row(t.AlterColumnType, ALL, AE, ALTER_TABLE, when=(("work", "none"), ("rebuilds", True)), scans=True, builds=True),
    Row(t.AlterColumnType, ALL, AE, ALTER_TABLE, when=(("work", "none"),)),
    Row(
        t.AlterColumnType, ALL, AE, "timestamp.c, TimestampTimestampTzRequiresRewrite",
        when=(("work", "by time zone"),), rewrites=True, scans=True, builds=True,
    ),
    Row(t.AlterColumnType, ALL, AE, ALTER_TABLE, rewrites=True, scans=True, builds=True),
    Row(t.SetDefault, ALL, AE, LEVELS),
    Row(t.DropDefault, ALL, AE, LEVELS),
    Row(t.SetNotNull, ALL, AE, ALTER_TABLE, when=(("proven", False),), scans=True),
    Row(t.SetNotNull, ALL, AE, ALTER_TABLE),
    Row(t.DropNotNull, ALL, AE, LEVELS),
    Row(t.SetExpression, ALL, AE, ALTER_TABLE, when=(("stored", True),), rewrites=True, scans=True, builds=True, since=17),
    Row(t.SetExpression, ALL, AE, ALTER_TABLE, since=17),
)  # fmt: skip

QUIET_ACTIONS = ("set statistics", "set options", "reset options", "cluster on", "drop cluster")
TABLE_SETTINGS = (
    Row(t.AlterTable, ALL, SUE, LEVELS, when=(("action", QUIET_ACTIONS),)),
    Row(t.AlterTable, ALL, AE, LEVELS),
    Row(t.SetStorageParameters, ("table",), SUE, LEVELS),
    Row(t.SetLogged, ("table",), AE, ALTER_TABLE, rewrites=True, scans=True, builds=True),
    Row(t.SetTablespace, ("table",), AE, ALTER_TABLE, rewrites=True),
    Row(t.SetAccessMethod, ("table",), AE, LEVELS, when=(("same", True),)),
    Row(t.SetAccessMethod, ("table",), AE, ALTER_TABLE, rewrites=True, scans=True, builds=True),
    Row(t.ReplicaIdentity, ("table",), AE, LEVELS),
    Row(t.SetRowSecurity, ("table",), AE, LEVELS),
    Row(t.Inherit, ("table",), AE, LEVELS),
    Row(t.Inherit, ("parent",), SUE, "tablecmds.c, ATExecAddInherit", when=(("ends", False),)),
    Row(t.Inherit, ("parent",), Lock.ACCESS_SHARE, "tablecmds.c, ATExecDropInherit"),
    Row(t.AttachPartition, ("table",), SUE, ALTER_TABLE),
    Row(t.AttachPartition, ("partition",), AE, ALTER_TABLE, when=(("builds", True),), scans=True, builds=True),
    Row(t.AttachPartition, ("partition",), AE, ALTER_TABLE, when=(("references", True),), scans=True),
    Row(t.AttachPartition, ("partition",), AE, ALTER_TABLE, when=(("proven", False),), scans=True),
    Row(t.AttachPartition, ("partition",), AE, ALTER_TABLE),
    Row(t.AttachPartition, ("default_partition",), AE, ALTER_TABLE, scans=True),
    Row(t.AttachPartition, ("merges",), AE, "tablecmds.c, tryAttachPartitionForeignKey"),
    Row(t.AttachPartition, ("references",), SRE, "tablecmds.c, CloneForeignKeyConstraints", scans=True),
    Row(t.DetachPartition, ("references",), SRE, "tablecmds.c, DetachPartitionFinalize"),
    Row(t.DetachPartition, ("table",), SUE, ALTER_TABLE, when=(("concurrently", True),), since=14),
    Row(t.DetachPartition, ("partition",), AE, ALTER_TABLE, when=(("concurrently", True),), since=14),
    Row(t.DetachPartition, ("partition",), SUE, "tablecmds.c, ATExecDetachPartition", until=13),
    Row(t.DetachPartition, ("table", "partition", "default_partition"), AE, ALTER_TABLE),
)

CONSTRAINTS = (
    Row(c.AddForeignKey, (*ALL, "referenced"), SRE, ALTER_TABLE, when=(("validates", True),), scans=True),
    Row(c.AddForeignKey, (*ALL, "referenced"), SRE, ALTER_TABLE),
    Row(c.AddCheck, ALL, AE, ALTER_TABLE, when=(("validated", True), ("enforced", True)), scans=True),
    Row(c.AddCheck, ALL, AE, ALTER_TABLE),
    Row(c.AddNotNull, ALL, AE, ALTER_TABLE, when=(("validated", True),), scans=True, since=18),
    Row(c.AddNotNull, ALL, AE, ALTER_TABLE, since=18),
    Row(c.AddUnique, ("table",), AE, ALTER_TABLE, when=(("using_index", True),)),
    Row(c.AddUnique, ("children",), SHARE, ALTER_TABLE, scans=True, builds=True, until=17),
    Row(c.AddUnique, ALL, AE, ALTER_TABLE, scans=True, builds=True),
    Row(c.AddPrimaryKey, ("table",), AE, ALTER_TABLE, when=(("using_index", True), ("nullable_columns", False))),
    Row(c.AddPrimaryKey, ("table",), AE, ALTER_TABLE, when=(("using_index", True),), scans=True),
    Row(
        c.AddPrimaryKey,
        ("children",),
        SHARE,
        ALTER_TABLE,
        when=(("nullable_columns", False),),
        scans=True,
        builds=True,
        until=17,
    ),
    Row(c.AddPrimaryKey, ALL, AE, ALTER_TABLE, scans=True, builds=True),
    Row(c.AddExclusion, ALL, AE, ALTER_TABLE, scans=True, builds=True),
    Row(c.ValidateConstraint, ALL, SUE, ALTER_TABLE, when=(("validated_before", True),)),
    Row(c.ValidateConstraint, ("referenced",), None, ALTER_TABLE, when=(("validated_before", True),)),
    Row(c.ValidateConstraint, ALL, SUE, ALTER_TABLE, scans=True),
    Row(c.ValidateConstraint, ("referenced",), Lock.ROW_SHARE, ALTER_TABLE, scans=True),
    Row(c.DropConstraint, (*ALL, "references", "referencing"), AE, "pg_constraint.c, RemoveConstraintById"),
    Row(c.AlterConstraint, ALL, AE, LEVELS, when=(("enforces", True),), scans=True, since=18),
    Row(
        c.AlterConstraint,
        ("references",),
        SRE,
        "tablecmds.c, ATExecAlterConstrEnforceability",
        when=(("enforces", True),),
        scans=True,
        since=18,
    ),
    Row(
        c.AlterConstraint, ("references",), AE, "tablecmds.c, ATExecAlterConstrEnforceability", when=(("relaxes", True),), since=18
    ),
    Row(c.AlterConstraint, ALL, AE, LEVELS),
    Row(c.RenameConstraint, ALL, AE, ALTER_TABLE),
)

INDEXES = (
    Row(c.CreateIndex, ("table",), SUE, CREATE_INDEX, when=(("already_there", True), ("concurrently", True))),
    Row(c.CreateIndex, ("table",), SHARE, CREATE_INDEX, when=(("already_there", True),)),
    Row(c.CreateIndex, ALL, SUE, CREATE_INDEX, when=(("concurrently", True),), scans=True, builds=True),
    Row(c.CreateIndex, ("table",), SHARE, CREATE_INDEX, when=(("on_only", True),)),
    Row(c.CreateIndex, ALL, SHARE, CREATE_INDEX, scans=True, builds=True),
    Row(c.DropIndex, ("table", "children"), SUE, "sql-dropindex.html", when=(("concurrently", True),)),
    Row(c.DropIndex, ("table", "children"), AE, "sql-dropindex.html"),
    Row(c.RenameIndex, ("name",), SUE, "sql-alterindex.html"),
    Row(c.AlterIndex, ("name",), SUE, "sql-alterindex.html", when=(("action", ("set parameters", "reset parameters")),)),
    Row(c.AlterIndex, ("name",), SUE, "sql-alterindex.html", when=(("action", "set statistics"),)),
    Row(c.AlterIndex, ("name",), AE, "sql-alterindex.html", when=(("action", "set tablespace"),), rewrites=True),
    Row(c.AlterIndex, ("name",), SUE, "tablecmds.c, AlterTableGetLockLevel", when=(("action", "attach partition"),)),
    Row(
        c.AlterIndex, ("table",), Lock.ACCESS_SHARE, "tablecmds.c, ATExecAttachPartitionIdx", when=(("action", "attach partition"),)
    ),
    Row(c.Reindex, ("table",), SUE, "sql-reindex.html", when=(("concurrently", True),), scans=True, builds=True),
    Row(c.Reindex, ("table",), SHARE, "sql-reindex.html", scans=True, builds=True),
    Row(c.Reindex, ("name",), AE, "sql-reindex.html", when=(("target", "index"), ("concurrently", False)), builds=True),
    Row(c.Reindex, ("name",), SUE, "sql-reindex.html", when=(("target", "index"),), builds=True),
    Row(c.Cluster, ("table",), AE, "sql-cluster.html", rewrites=True, scans=True, builds=True),
    Row(c.Vacuum, ("table",), AE, "sql-vacuum.html", when=(("full", True),), rewrites=True, scans=True, builds=True),
    Row(c.Vacuum, ("table",), SUE, "sql-vacuum.html"),
)

OBJECTS = (
    Row(o.CreateView, ("view",), AE, "view.c, DefineVirtualRelation"),
    Row(
        o.RefreshMaterializedView, ("view",), Lock.EXCLUSIVE, "sql-refreshmaterializedview.html",
        when=(("concurrently", True),), scans=True,
    ),
    Row(
        o.RefreshMaterializedView, ("view",), AE, "sql-refreshmaterializedview.html",
        when=(("with_data", True),), rewrites=True, builds=True,
    ),
    Row(o.RefreshMaterializedView, ("view",), AE, "sql-refreshmaterializedview.html"),
    Row(o.AlterType, ("users",), SHARE, "typecmds.c, validateDomainCheckConstraint", when=(("validates", True),), scans=True),
    Row(o.CreateTrigger, ("table",), SRE, EXPLICIT_LOCKING),
    Row(o.CreateTrigger, ("references",), Lock.ACCESS_SHARE, "trigger.c, CreateTriggerFiringOn"),
    Row(o.DropTrigger, ("table",), AE, "trigger.c, RemoveTriggerById"),
    Row(o.SetTrigger, ("table",), AE, LEVELS, when=(("rule", True),)),
    Row(o.SetTrigger, ("table",), SRE, LEVELS),
    Row(o.CreatePolicy, ("table",), AE, "policy.c, CreatePolicy"),
    Row(o.DropPolicy, ("table",), AE, "policy.c, RemovePolicyById"),
    Row(o.CreateRule, ("table",), AE, "rewriteDefine.c, DefineQueryRewrite"),
    Row(o.CreateStatistics, ("table",), SUE, "statscmds.c, CreateStatistics"),
    Row(o.CommentOn, ("table",), SUE, "comment.c, CommentObject"),
    Row(s.ChangeRows, ("table",), Lock.ROW_EXCLUSIVE, EXPLICIT_LOCKING, when=(("verb", ("insert", "copy")),)),
    Row(s.ChangeRows, ("table",), Lock.ROW_EXCLUSIVE, EXPLICIT_LOCKING, when=(("filtered", False),), scans=True),
    Row(s.ChangeRows, ("table",), Lock.ROW_EXCLUSIVE, EXPLICIT_LOCKING),
)  # fmt: skip

ROWS = (*TABLES, *COLUMNS, *TABLE_SETTINGS, *CONSTRAINTS, *INDEXES, *OBJECTS)
