"""Whether a default is worked out once or for every row. In: an expression's node. Out: the model's word for it.

ADD COLUMN stores the value of a default that calls no volatile function, and writes every row anew for one that does
(`contain_volatile_functions` in clauses.c; PostgreSQL documentation, ALTER TABLE, Notes).
"""

from __future__ import annotations

from advisor.model import DefaultKind
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.tables.columns import read_default
from advisor.sources.sql.text.tree import Node

NEVER_VOLATILE = frozenset(
    """abs age array_append array_cat array_fill array_length array_position array_prepend array_remove array_replace
    array_to_json array_to_string ascii bit_length btrim cardinality cbrt ceil ceiling char_length character_length chr
    concat concat_ws convert convert_from convert_to current_database current_schema current_schemas current_setting
    current_user date date_bin date_part date_trunc daterange decode degrees div encode exp extract floor format
    format_type gcd hashtext host int4range int8range inet_client_addr initcap isfinite json_array_length json_build_array
    json_build_object json_object jsonb_array_length jsonb_build_array jsonb_build_object jsonb_object jsonb_set
    justify_days justify_hours justify_interval lcm left length ln log lower lpad ltrim make_date make_interval make_time
    make_timestamp make_timestamptz masklen md5 mod netmask network now numrange octet_length overlay pg_backend_pid
    pg_current_xact_id pg_typeof pi position power quote_ident quote_literal radians regexp_match regexp_replace repeat
    replace reverse right round row_to_json rpad rtrim session_user sha224 sha256 sha384 sha512 sign split_part sqrt
    starts_with statement_timestamp strpos string_to_array substr substring text timezone to_char to_date to_hex to_json
    to_jsonb to_number to_timestamp to_tsquery to_tsvector transaction_timestamp translate trunc tsrange tstzrange
    txid_current upper""".split()
)
"""Built-in functions of which no form is volatile, those that people write into defaults; compared with pg_proc in the tests.
Any other function is taken for volatile, as PostgreSQL takes one whose maker does not say."""


def kind_of_default(catalog: Catalog, node: Node) -> DefaultKind:
    written = read_default(node)
    if written is None:
        return "none"
    return "volatile" if any(is_volatile(catalog, function) for function in written.functions) else "constant"


def is_volatile(catalog: Catalog, function: str) -> bool:
    """Whether one of the name may be volatile: a function of the script's own counts as what it says of itself."""
    if function in NEVER_VOLATILE:
        return False
    own = volatilities(catalog, function)
    return "volatile" in own if own else True


def volatilities(catalog: Catalog, function: str) -> set[str]:
    """What the script's own functions of that name say, in whatever schema."""
    return {found.volatility for found in catalog.objects.functions_called(function)}
