"""Statements about policies and privileges. In: chance. Out: a statement."""

from __future__ import annotations

from tests.sources.sql.growing.chance import ROLES, Chance, Maker, quoted


def policy(chance: Chance) -> str:
    name, relation = chance.table()
    using = f"USING ({chance.condition(relation)}){chance.sometimes(f' WITH CHECK ({chance.condition(relation)})')}"
    made = (
        f"CREATE POLICY {chance.one(['one', 'two'])} ON {name} {chance.one(['', 'AS RESTRICTIVE '])}FOR"
        f" {chance.one(['ALL', 'SELECT', 'DELETE'])} TO {chance.one(ROLES)} {using}"
    )
    if chance.random.randrange(2) or not chance.standing.policies:
        read = chance.named(chance.relation("rpv").place)
        reading = f"CREATE POLICY reader ON {name} USING (EXISTS (SELECT 1 FROM {read} WHERE current_user = 'x'))"
        return chance.one(
            [made, made, reading, f"ALTER TABLE {name} {chance.one(['ENABLE', 'DISABLE', 'FORCE', 'NO FORCE'])} ROW LEVEL SECURITY"]
        )
    table, found = chance.one(chance.standing.policies)
    on = f"{quoted(found)} ON {chance.named(table)}"
    return chance.one(
        [
            f"ALTER POLICY {on} RENAME TO {chance.one(['one', 'two', 'three'])}",
            f"ALTER POLICY {on} TO {chance.one(ROLES)} USING (true)",
            f"DROP POLICY {chance.sometimes('IF EXISTS ', 20)}{on}",
            f"COMMENT ON POLICY {on} IS 'said'",
        ]
    )


def privilege(chance: Chance) -> str:
    name, relation = chance.table("rpvmS")
    what = (
        chance.one(["SELECT", "ALL", "UPDATE"])
        if relation.kind == "S"
        else chance.one(["SELECT", "ALL", "INSERT, UPDATE", f"SELECT ({chance.columns(relation, 2)})"])
    )
    target = f"{'SEQUENCE ' if relation.kind == 'S' else ''}{name}"
    role, schema = chance.one(ROLES), quoted(chance.one(chance.standing.schemas))
    # DROP OWNED would take `public`, and what is printed never does without that.
    owned = schema if schema != "public" else "s"
    scope = chance.one(["", f"IN SCHEMA {schema} "])
    default = chance.one(["SELECT ON TABLES", "ALL ON FUNCTIONS", "USAGE ON SEQUENCES", "USAGE ON TYPES", "ALL ON TABLES"])
    return chance.one(
        [
            f"GRANT {what} ON {target} TO {role}",
            f"GRANT {what} ON {target} TO bob WITH GRANT OPTION",
            f"REVOKE {what} ON {target} FROM {role} CASCADE",
            f"GRANT ALL ON ALL {chance.one(['TABLES', 'SEQUENCES', 'FUNCTIONS', 'ROUTINES'])} IN SCHEMA {schema} TO {role}",
            f"ALTER DEFAULT PRIVILEGES {scope}GRANT {default} TO {role}",
            f"ALTER DEFAULT PRIVILEGES {scope}REVOKE {default} FROM {role}",
            f"ALTER {'SEQUENCE' if relation.kind == 'S' else 'TABLE'} {name} OWNER TO {chance.one(['alice', 'bob'])}",
            f"REVOKE SELECT ON ALL TABLES IN SCHEMA {schema} FROM {role}",
            f"REVOKE GRANT OPTION FOR {what} ON {target} FROM bob CASCADE",
            f"ALTER DEFAULT PRIVILEGES FOR ROLE alice {scope}GRANT {default} TO {role}",
            f"GRANT USAGE ON TYPE {chance.named(chance.one(chance.standing.types)[0])} TO {role}",
            f"ALTER SCHEMA {owned} OWNER TO {chance.one(['alice', 'bob'])}",
            chance.one(["REASSIGN OWNED BY bob TO alice", "DROP OWNED BY bob CASCADE"]),
        ]
    )


MAKERS: list[tuple[int, Maker]] = [
    (4, policy),
    (5, privilege),
]
