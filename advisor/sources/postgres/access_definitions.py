"""Parts that extend PostgreSQL itself: access methods, operator families and classes, languages, conversions, text search parsers.

In: their catalogs. Out: rows of (kind, schema, name, table, statement), for `definitions.py`. What is in no schema has `public`.
"""

from __future__ import annotations

ACCESS_DEFINITIONS = """
    SELECT 'access method' AS kind, 'public' AS schema, a.amname::text AS name, NULL::text AS table_schema,
           NULL::text AS table_name, format('CREATE ACCESS METHOD %%I TYPE %%s HANDLER %%s', a.amname,
                  CASE a.amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END, a.amhandler::text) AS sql
    FROM pg_am a WHERE a.oid >= 16384 AND {own_method}
    UNION ALL
    SELECT 'language', 'public', l.lanname::text, NULL, NULL,
           format('CREATE%%s LANGUAGE %%I', CASE WHEN l.lanpltrusted THEN ' TRUSTED' ELSE '' END, l.lanname)
               || coalesce(' HANDLER ' || nullif(l.lanplcallfoid, 0)::regproc::text, '')
               || coalesce(' INLINE ' || nullif(l.laninline, 0)::regproc::text, '')
               || coalesce(' VALIDATOR ' || nullif(l.lanvalidator, 0)::regproc::text, '')
    FROM pg_language l WHERE l.oid >= 16384 AND {own_language}
    UNION ALL
    SELECT 'conversion', n.nspname::text, c.conname::text, NULL, NULL,
           format('CREATE%%s CONVERSION %%I.%%I FOR %%L TO %%L FROM %%s', CASE WHEN c.condefault THEN ' DEFAULT' ELSE '' END,
                  n.nspname, c.conname, pg_encoding_to_char(c.conforencoding), pg_encoding_to_char(c.contoencoding),
                  c.conproc::text)
    FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace WHERE {user_schema} AND {own_conversion}
    UNION ALL
    SELECT 'operator family', n.nspname::text, f.opfname::text, NULL, NULL,
           format('CREATE OPERATOR FAMILY %%I.%%I USING %%I', n.nspname, f.opfname, a.amname)
    FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace JOIN pg_am a ON a.oid = f.opfmethod
    WHERE {user_schema} AND {own_family}
    UNION ALL
    SELECT 'operator class', n.nspname::text, c.opcname::text, NULL, NULL,
           format('CREATE OPERATOR CLASS %%I.%%I%%s FOR TYPE %%s USING %%I FAMILY %%I.%%I AS STORAGE %%s%%s%%s', n.nspname,
                  c.opcname, CASE WHEN c.opcdefault THEN ' DEFAULT' ELSE '' END, format_type(c.opcintype, NULL), a.amname,
                  fn.nspname, f.opfname, format_type(coalesce(nullif(c.opckeytype, 0), c.opcintype), NULL),
                  (SELECT string_agg(format(', OPERATOR %%s %%s', o.amopstrategy, o.amopopr::regoperator::text)
                           || coalesce(' FOR ORDER BY ' || s.opfname::text, ''), '' ORDER BY o.amopstrategy)
                   FROM pg_amop o LEFT JOIN pg_opfamily s ON s.oid = o.amopsortfamily JOIN pg_depend d
                        ON d.classid = 'pg_amop'::regclass AND d.objid = o.oid AND d.refclassid = 'pg_opclass'::regclass
                           AND d.refobjid = c.oid),
                  (SELECT string_agg(format(', FUNCTION %%s (%%s, %%s) %%s', p.amprocnum, format_type(p.amproclefttype, NULL),
                                            format_type(p.amprocrighttype, NULL), p.amproc::regprocedure::text), ''
                                     ORDER BY p.amprocnum)
                   FROM pg_amproc p JOIN pg_depend d ON d.classid = 'pg_amproc'::regclass AND d.objid = p.oid
                        AND d.refclassid = 'pg_opclass'::regclass AND d.refobjid = c.oid))
    FROM pg_opclass c JOIN pg_namespace n ON n.oid = c.opcnamespace JOIN pg_am a ON a.oid = c.opcmethod
    JOIN pg_opfamily f ON f.oid = c.opcfamily JOIN pg_namespace fn ON fn.oid = f.opfnamespace
    WHERE {user_schema} AND {own_class_of_operators}
    UNION ALL
    SELECT 'text search parser', n.nspname::text, p.prsname::text, NULL, NULL,
           format('CREATE TEXT SEARCH PARSER %%I.%%I (START = %%s, GETTOKEN = %%s, END = %%s, LEXTYPES = %%s%%s)', n.nspname,
                  p.prsname, p.prsstart::text, p.prstoken::text, p.prsend::text, p.prslextype::text,
                  coalesce(', HEADLINE = ' || nullif(p.prsheadline::oid, 0)::regproc::text, ''))
    FROM pg_ts_parser p JOIN pg_namespace n ON n.oid = p.prsnamespace WHERE {user_schema} AND {own_parser}
    UNION ALL
    SELECT 'text search template', n.nspname::text, t.tmplname::text, NULL, NULL,
           format('CREATE TEXT SEARCH TEMPLATE %%I.%%I (LEXIZE = %%s%%s)', n.nspname, t.tmplname, t.tmpllexize::text,
                  coalesce(', INIT = ' || nullif(t.tmplinit::oid, 0)::regproc::text, ''))
    FROM pg_ts_template t JOIN pg_namespace n ON n.oid = t.tmplnamespace WHERE {user_schema} AND {own_template}
    UNION ALL
    SELECT 'transform', 'public', format('FOR %%s LANGUAGE %%s', format_type(t.trftype, NULL), l.lanname), NULL, NULL,
           format('CREATE TRANSFORM FOR %%s LANGUAGE %%I (%%s)', format_type(t.trftype, NULL), l.lanname,
                  concat_ws(', ', 'FROM SQL WITH FUNCTION ' || nullif(t.trffromsql::oid, 0)::regprocedure::text,
                            'TO SQL WITH FUNCTION ' || nullif(t.trftosql::oid, 0)::regprocedure::text))
    FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang WHERE {own_transform}
"""

OWN = {
    "{own_method}": ("pg_am", "a.oid"),
    "{own_language}": ("pg_language", "l.oid"),
    "{own_conversion}": ("pg_conversion", "c.oid"),
    "{own_family}": ("pg_opfamily", "f.oid"),
    "{own_class_of_operators}": ("pg_opclass", "c.oid"),
    "{own_parser}": ("pg_ts_parser", "p.oid"),
    "{own_template}": ("pg_ts_template", "t.oid"),
    "{own_transform}": ("pg_transform", "t.oid"),
}
