"""What a database looks like: tables, columns, keys and indexes, whatever they were read from.

One shape for Prisma schemas, ORM code, SQL and a live server. Values are frozen; a statement that changes a table makes a new
table. Type names and expressions are spelled as PostgreSQL spells them (`format_type`, `pg_get_expr`), so that two roads to one
schema compare equal.
"""

from advisor.model.schema.columns import FEW_VALUED, ClientDefault, Column
from advisor.model.schema.comments import Comment
from advisor.model.schema.constraints import Check, ForeignKey, NotNull
from advisor.model.schema.definitions import Definition
from advisor.model.schema.functions import Argument, Function, asking_for_caller
from advisor.model.schema.indexes import Index, IndexKey
from advisor.model.schema.names import Call, Expression, Name, WrittenName
from advisor.model.schema.partitions import PartitionKey
from advisor.model.schema.policies import Policy
from advisor.model.schema.privileges import DefaultGrant, Grant
from advisor.model.schema.relations import Relation
from advisor.model.schema.schema import Schema
from advisor.model.schema.sequences import HIGHEST, SequenceObject, highest_of
from advisor.model.schema.statistics import Statistics
from advisor.model.schema.tables import Table
from advisor.model.schema.triggers import Trigger
from advisor.model.schema.type_names import printed_type
from advisor.model.schema.typed_references import TypedReference, typed_references
from advisor.model.schema.types import Collation, CompositeType, Domain, Enum, RangeType
from advisor.model.schema.views import ViewQuery
from advisor.model.schema.words import RESERVED, words_of

__all__ = [
    "FEW_VALUED",
    "HIGHEST",
    "RESERVED",
    "Argument",
    "Call",
    "Check",
    "ClientDefault",
    "Collation",
    "Column",
    "Comment",
    "CompositeType",
    "DefaultGrant",
    "Definition",
    "Domain",
    "Enum",
    "Expression",
    "ForeignKey",
    "Function",
    "Grant",
    "Index",
    "IndexKey",
    "Name",
    "NotNull",
    "PartitionKey",
    "Policy",
    "RangeType",
    "Relation",
    "Schema",
    "SequenceObject",
    "Statistics",
    "Table",
    "Trigger",
    "TypedReference",
    "ViewQuery",
    "WrittenName",
    "asking_for_caller",
    "highest_of",
    "printed_type",
    "typed_references",
    "words_of",
]
