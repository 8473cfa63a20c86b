"""Two spellings of one expression are one; two expressions are two."""

from __future__ import annotations

import pytest

from advisor.sources.comparing.expressions import same_expression


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("'draft'", "'draft'::text"),
        ("'USD'", "'USD'::character varying(3)"),
        ("a > 0", "(a > 0)"),
        ("status IN ('a', 'b')", "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))"),
        ("-1", "'-1'::integer"),
        ("now() AT TIME ZONE 'utc'", "timezone('utc'::text, now())"),
        ("posts.id > 1", "(id > 1)"),
        ('\'{"b":1, "a":[2]}\'', '\'{"a": [2], "b": 1}\'::jsonb'),
        ("'{\"x\", y}'", "'{x,y}'::text[]"),
        ("B'0101'", "'0101'::\"bit\""),
        ("X'1F'", "'00011111'::\"bit\""),
        ("1.50", "'1.5'::real"),
        ("1e3", "'1000'::numeric"),
        ("'09:00'", "'09:00:00'::time without time zone"),
        ("'24:00:00'", "'24:00:00'::interval"),
        ("'12 months'", "'1 year'::interval"),
        ("'1 HOUR'::interval", "'01:00:00'::interval"),
        ("'1970-01-01T00:00:00.000Z'", "'1970-01-01 00:00:00+00'::timestamp with time zone"),
        ("'2020-01-01T10:30:00Z'", "'2020-01-01 10:30:00+00'::timestamp with time zone"),
        ("'00000000-0000-0000-0000-00000000000A'", "'00000000-0000-0000-0000-00000000000a'::uuid"),
        ("now() - interval '12 months'", "(now() - '1 year'::interval)"),
        ("now() + interval '3 minutes'", "(now() + '00:03:00'::interval)"),
        ("auth.uid() = (SELECT owner FROM public.teams t)", "(auth.uid() = ( SELECT t.owner FROM teams t))"),
        ("to_tsvector('english', title)", "to_tsvector('english'::regconfig, title)"),
        (None, "NULL::character varying"),
        (None, None),
    ],
)
def test_what_postgresql_adds_makes_no_difference(written: str | None, printed: str | None) -> None:
    assert same_expression(written, printed)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("a > 0", "a >= 0"),
        ("'a'", "'b'"),
        ("new.title", "old.title"),
        ("now() - interval '1 year'", "now() - interval '1 month'"),
        ("lower(a)", "upper(a)"),
        (None, "0"),
        ("a::integer", "a::bigint"),
    ],
)
def test_what_means_something_else_is_another(left: str | None, right: str) -> None:
    assert not same_expression(left, right)


def test_what_cannot_be_parsed_is_compared_as_text() -> None:
    assert same_expression("some  new syntax here", "some new syntax  here")
    assert not same_expression("some new syntax here", "some other syntax here")
