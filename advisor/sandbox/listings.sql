-- What PostgreSQL 18 says that a database consists of: one query for each kind of object, below its name.
-- What an extension brought is left out. Comparing is done on the sorted rows as text.

-- schemas
SELECT n.nspname FROM pg_namespace n WHERE n.nspname !~ '^(pg_|information_schema)'

-- extensions
SELECT e.extname, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace

-- relations
SELECT c.oid::regclass, c.relkind, c.relpersistence, pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
       (SELECT array_agg(i.inhparent::regclass ORDER BY inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid),
       ARRAY(SELECT regexp_replace(option, '=(on|yes)$', '=true') FROM unnest(c.reloptions) option ORDER BY 1), m.amname,
       CASE WHEN c.relreplident = 'i' AND NOT EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.oid AND x.indisreplident)
            THEN 'n' ELSE c.relreplident END,
       c.relrowsecurity, c.relforcerowsecurity, nullif(c.reloftype, 0)::regtype,
       CASE WHEN c.relkind = 'm' THEN c.relispopulated END, s.srvname, f.ftoptions
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid LEFT JOIN pg_foreign_server s ON s.oid = f.ftserver
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname !~ '^(pg_|information_schema)'
  AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')

-- columns
SELECT c.oid::regclass, a.attname, row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum),
       format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated,
       a.attcollation::regcollation, a.attstorage, a.attcompression, a.attstattarget, a.attoptions, a.attfdwoptions
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum)
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND n.nspname !~ '^(pg_|information_schema)'
  AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')

-- views
SELECT c.oid::regclass, pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND n.nspname !~ '^(pg_|information_schema)'
  AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')

-- indexes
SELECT pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered, i.indisreplident,
       (SELECT h.inhparent::regclass FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^(pg_|information_schema)' AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')

-- constraints
SELECT nullif(o.conrelid, 0)::regclass, nullif(o.contypid, 0)::regtype, o.conname, pg_get_constraintdef(o.oid), o.convalidated
FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace LEFT JOIN pg_constraint p ON p.oid = o.conparentid
WHERE o.contype <> 't' AND (p.oid IS NULL OR p.conrelid <> o.conrelid) AND n.nspname !~ '^(pg_|information_schema)'
  AND greatest(o.conrelid, o.contypid) NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')

-- sequences
-- An identity's sequence cannot be told its type: LIKE may leave it bigint for an integer column, and nothing else can say so.
SELECT s.seqrelid::regclass, CASE WHEN d.deptype <> 'i' THEN s.seqtypid::regtype END, s.seqincrement, s.seqstart, s.seqmin, s.seqmax, s.seqcycle, s.seqcache,
       d.refobjid::regclass, a.attname
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d ON (d.classid, d.objid) = ('pg_class'::regclass, s.seqrelid) AND d.deptype IN ('a', 'i')
LEFT JOIN pg_attribute a ON (a.attrelid, a.attnum) = (d.refobjid, d.refobjsubid)
WHERE n.nspname !~ '^(pg_|information_schema)' AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')

-- enums
SELECT t.oid::regtype, array_agg(e.enumlabel ORDER BY e.enumsortorder)
FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid GROUP BY t.oid

-- types
SELECT t.oid::regtype, t.typtype, format_type(t.typbasetype, t.typtypmod), t.typnotnull, pg_get_expr(t.typdefaultbin, 0),
       t.typcollation::regcollation, r.rngsubtype::regtype, r.rngmultitypid::regtype, r.rngsubdiff, r.rngcanonical
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_range r ON r.rngtypid = t.oid
WHERE (t.typtype IN ('d', 'r', 'e', 'm') OR c.relkind = 'c') AND n.nspname !~ '^(pg_|information_schema)'
  AND t.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')

-- collations
SELECT l.oid::regcollation, l.collprovider, l.collisdeterministic, l.collcollate, l.collctype, l.colllocale, l.collicurules
FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace WHERE n.nspname !~ '^(pg_|information_schema)'

-- functions
SELECT p.oid::regprocedure,
       CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) ELSE pg_get_function_result(p.oid) END
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^(pg_|information_schema)' AND p.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')

-- triggers
SELECT pg_get_triggerdef(t.oid), t.tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND n.nspname !~ '^(pg_|information_schema)'

-- rules
SELECT pg_get_ruledef(r.oid), r.ev_enabled FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND n.nspname !~ '^(pg_|information_schema)'

-- policies
SELECT p.polrelid::regclass, p.polname, p.polpermissive, p.polcmd,
       ARRAY(SELECT CASE WHEN role = 0 THEN 'public' ELSE pg_get_userbyid(role) END FROM unnest(p.polroles) role ORDER BY 1),
       pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p

-- statistics
SELECT pg_get_statisticsobjdef(s.oid), s.stxstattarget FROM pg_statistic_ext s

-- privileges
SELECT o.kind, i.identity, CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type, a.is_grantable
FROM (
    SELECT 'relation', 'pg_class'::regclass, oid, 0,
           coalesce(relacl, acldefault(CASE WHEN relkind = 'S' THEN 's'::"char" ELSE 'r'::"char" END, relowner)), relowner
    FROM pg_class WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
    UNION ALL SELECT 'column', 'pg_class'::regclass, c.oid, a.attnum, a.attacl, c.relowner
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attacl IS NOT NULL
    UNION ALL SELECT 'function', 'pg_proc'::regclass, oid, 0, coalesce(proacl, acldefault('f', proowner)), proowner FROM pg_proc
    UNION ALL SELECT 'type', 'pg_type'::regclass, oid, 0, coalesce(typacl, acldefault('T', typowner)), typowner FROM pg_type
    WHERE typelem = 0 AND (typrelid = 0 OR typrelid IN (SELECT oid FROM pg_class WHERE relkind = 'c'))
    UNION ALL SELECT 'schema', 'pg_namespace'::regclass, oid, 0, coalesce(nspacl, acldefault('n', nspowner)), nspowner
    FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'
    UNION ALL SELECT 'server', 'pg_foreign_server'::regclass, oid, 0, srvacl, srvowner FROM pg_foreign_server
) AS o (kind, catalog, oid, part, acl, owner)
CROSS JOIN LATERAL aclexplode(o.acl) a CROSS JOIN LATERAL pg_identify_object(o.catalog, o.oid, o.part) i
WHERE a.grantee <> o.owner AND (o.oid >= 16384 OR o.kind = 'schema')
  AND o.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')

-- default privileges
SELECT pg_get_userbyid(d.defaclrole), nullif(d.defaclnamespace, 0)::regnamespace, d.defaclobjtype,
       ARRAY(SELECT CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee)::text END
                    || ' ' || a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END
             FROM aclexplode(d.defaclacl) a WHERE a.grantee <> d.defaclrole ORDER BY 1)
FROM pg_default_acl d
WHERE d.defaclnamespace = 0 OR EXISTS (SELECT FROM aclexplode(d.defaclacl) a WHERE a.grantee <> d.defaclrole)

-- comments
SELECT i.type, i.identity, d.description
FROM pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
WHERE d.objoid >= 16384 AND d.classoid <> 'pg_extension'::regclass
  AND d.objoid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')

-- others
SELECT i.type, i.identity FROM (
    SELECT 'pg_operator'::regclass, oid FROM pg_operator
    UNION ALL SELECT 'pg_cast'::regclass, oid FROM pg_cast
    UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass
    UNION ALL SELECT 'pg_ts_config'::regclass, oid FROM pg_ts_config
    UNION ALL SELECT 'pg_ts_dict'::regclass, oid FROM pg_ts_dict
    UNION ALL SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger
    UNION ALL SELECT 'pg_publication'::regclass, oid FROM pg_publication
    UNION ALL SELECT 'pg_publication_rel'::regclass, oid FROM pg_publication_rel
    UNION ALL SELECT 'pg_foreign_server'::regclass, oid FROM pg_foreign_server
    UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper
    UNION ALL SELECT 'pg_user_mapping'::regclass, oid FROM pg_user_mapping
) AS o (catalog, oid) CROSS JOIN LATERAL pg_identify_object(o.catalog, o.oid, 0) i
WHERE o.oid >= 16384 AND o.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')
