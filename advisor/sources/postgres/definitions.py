"""What no rule looks into. In: the catalogs of aggregates, operators, casts, rules, servers, ... Out: statements that make them.

User mappings and subscriptions are left out: they hold passwords.
"""

from __future__ import annotations

from advisor.model import Definition, Name
from advisor.sources.postgres import access_definitions
from advisor.sources.postgres.session import Session, not_of_extension

OPTIONS = "(SELECT string_agg(o.option_name || ' ' || quote_literal(o.option_value), ', ') FROM pg_options_to_table({list}) o)"

DEFINITIONS = """
    SELECT 'foreign data wrapper' AS kind, 'public' AS schema, w.fdwname::text AS name, NULL::text AS table_schema,
           NULL::text AS table_name, format('CREATE FOREIGN DATA WRAPPER %%I', w.fdwname)
               || coalesce(' HANDLER ' || nullif(w.fdwhandler, 0)::regproc::text, '')
               || coalesce(' VALIDATOR ' || nullif(w.fdwvalidator, 0)::regproc::text, '')
               || coalesce(' OPTIONS (' || {wrapper_options} || ')', '') AS sql
    FROM pg_foreign_data_wrapper w WHERE w.oid >= 16384 AND {own_wrapper}
    UNION ALL
    SELECT 'server', 'public', s.srvname::text, NULL, NULL,
           format('CREATE SERVER %%I', s.srvname) || coalesce(' TYPE ' || quote_literal(s.srvtype), '')
               || coalesce(' VERSION ' || quote_literal(s.srvversion), '') || format(' FOREIGN DATA WRAPPER %%I', w.fdwname)
               || coalesce(' OPTIONS (' || {server_options} || ')', '')
    FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE {own_server}
    UNION ALL
    SELECT 'aggregate', n.nspname::text, p.proname::text, NULL, NULL,
           format('CREATE AGGREGATE %%I.%%I (%%s) (SFUNC = %%s, STYPE = %%s%%s%%s%%s)', n.nspname, p.proname,
                  coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*'), a.aggtransfn::text,
                  format_type(a.aggtranstype, NULL),
                  coalesce(', FINALFUNC = ' || nullif(a.aggfinalfn::oid, 0)::regproc::text, ''),
                  coalesce(', COMBINEFUNC = ' || nullif(a.aggcombinefn::oid, 0)::regproc::text, ''),
                  coalesce(', INITCOND = ' || quote_literal(a.agginitval), ''))
    FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE {user_schema} AND {own_proc}
    UNION ALL
    SELECT 'operator', n.nspname::text, o.oprname::text, NULL, NULL,
           format('CREATE OPERATOR %%I.%%s (FUNCTION = %%s%%s, RIGHTARG = %%s%%s%%s%%s%%s%%s%%s)', n.nspname,
                  o.oprname, o.oprcode::text,
                  coalesce(', LEFTARG = ' || format_type(nullif(o.oprleft, 0), NULL), ''), format_type(o.oprright, NULL),
                  CASE WHEN c.oid IS NULL THEN '' ELSE format(', COMMUTATOR = OPERATOR(%%I.%%s)', cn.nspname, c.oprname) END,
                  CASE WHEN g.oid IS NULL THEN '' ELSE format(', NEGATOR = OPERATOR(%%I.%%s)', gn.nspname, g.oprname) END,
                  coalesce(', RESTRICT = ' || nullif(o.oprrest::oid, 0)::regproc::text, ''),
                  coalesce(', JOIN = ' || nullif(o.oprjoin::oid, 0)::regproc::text, ''),
                  CASE WHEN o.oprcanhash THEN ', HASHES' ELSE '' END, CASE WHEN o.oprcanmerge THEN ', MERGES' ELSE '' END)
    FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
    LEFT JOIN pg_operator c ON c.oid = o.oprcom LEFT JOIN pg_namespace cn ON cn.oid = c.oprnamespace
    LEFT JOIN pg_operator g ON g.oid = o.oprnegate LEFT JOIN pg_namespace gn ON gn.oid = g.oprnamespace
    WHERE o.oprcode <> 0 AND {user_schema} AND {own_operator}
    UNION ALL
    SELECT 'cast', 'public', format('%%s AS %%s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)), NULL, NULL,
           format('CREATE CAST (%%s AS %%s) %%s%%s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL),
                  CASE c.castmethod WHEN 'b' THEN 'WITHOUT FUNCTION' WHEN 'i' THEN 'WITH INOUT'
                       ELSE 'WITH FUNCTION ' || c.castfunc::regprocedure::text END,
                  CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END)
    FROM pg_cast c WHERE c.oid >= 16384 AND {own_cast}
          AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_cast'::regclass AND i.objid = c.oid AND i.deptype = 'i')
    UNION ALL
    SELECT 'rule', n.nspname::text, r.rulename::text, n.nspname::text, c.relname::text, pg_get_ruledef(r.oid)
    FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE r.rulename <> '_RETURN' AND {user_schema} AND {own_class}
    UNION ALL
    SELECT 'event trigger', 'public', t.evtname::text, NULL, NULL,
           format('CREATE EVENT TRIGGER %%I ON %%s%%s EXECUTE FUNCTION %%s()', t.evtname, t.evtevent,
                  coalesce(' WHEN TAG IN (' || (SELECT string_agg(quote_literal(x), ', ') FROM unnest(t.evttags) x) || ')', ''),
                  t.evtfoid::regproc::text)
    FROM pg_event_trigger t WHERE {own_event_trigger}
    UNION ALL
    SELECT 'text search dictionary', n.nspname::text, d.dictname::text, NULL, NULL,
           format('CREATE TEXT SEARCH DICTIONARY %%I.%%I (TEMPLATE = %%I%%s)', n.nspname, d.dictname, t.tmplname,
                  coalesce(', ' || d.dictinitoption, ''))
    FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace JOIN pg_ts_template t ON t.oid = d.dicttemplate
    WHERE {user_schema} AND {own_dictionary}
    UNION ALL
    SELECT 'text search configuration', n.nspname::text, f.cfgname::text, NULL, NULL,
           format('CREATE TEXT SEARCH CONFIGURATION %%I.%%I (PARSER = %%I)', n.nspname, f.cfgname, p.prsname)
    FROM pg_ts_config f JOIN pg_namespace n ON n.oid = f.cfgnamespace JOIN pg_ts_parser p ON p.oid = f.cfgparser
    WHERE {user_schema} AND {own_configuration}
    UNION ALL
    SELECT 'publication', 'public', p.pubname::text, NULL, NULL,
           format('CREATE PUBLICATION %%I%%s', p.pubname, CASE WHEN p.puballtables THEN ' FOR ALL TABLES'
                  ELSE coalesce(' FOR TABLE ' || (SELECT string_agg(r.prrelid::regclass::text, ', ' ORDER BY r.oid)
                                                  FROM pg_publication_rel r WHERE r.prpubid = p.oid), '') END)
    FROM pg_publication p
"""

OWN = {
    "{own_wrapper}": ("pg_foreign_data_wrapper", "w.oid"),
    "{own_server}": ("pg_foreign_server", "s.oid"),
    "{own_proc}": ("pg_proc", "p.oid"),
    "{own_operator}": ("pg_operator", "o.oid"),
    "{own_cast}": ("pg_cast", "c.oid"),
    "{own_class}": ("pg_class", "c.oid"),
    "{own_event_trigger}": ("pg_event_trigger", "t.oid"),
    "{own_dictionary}": ("pg_ts_dict", "d.oid"),
    "{own_configuration}": ("pg_ts_config", "f.oid"),
}


def read_definitions(session: Session) -> tuple[Definition, ...]:
    query = DEFINITIONS.replace("{wrapper_options}", OPTIONS.replace("{list}", "w.fdwoptions"))
    query = query.replace("{server_options}", OPTIONS.replace("{list}", "s.srvoptions"))
    access = access_definitions.ACCESS_DEFINITIONS
    for word, place in (OWN | access_definitions.OWN).items():
        query, access = (text.replace(word, not_of_extension(*place)) for text in (query, access))
    return tuple(
        Definition(
            kind=row["kind"],
            name=Name(row["schema"], row["name"]),
            sql=row["sql"].strip().removesuffix(";"),
            table=Name(row["table_schema"], row["table_name"]) if row["table_name"] else None,
        )
        for row in (*session.rows(access, "access methods and operator classes"), *session.rows(query, "definitions"))
    )
