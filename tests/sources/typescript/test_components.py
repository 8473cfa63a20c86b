"""Vue and Svelte components: their script blocks are code, at the places where they stand."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.sources.typescript.components import script_of
from tests.sources.typescript.reading import CLIENT, read

VUE = f"""<template>
  <p title="späť 🙂">prisma.user.findMany() in prose, and {{{{ isn't }}}} code</p>
</template>

<script setup lang="ts" generic="T extends Array<string>">
{CLIENT}
const users = await prisma.user.findMany()
</script>

<style>p {{ color: red }}</style>
"""


def test_the_queries_of_a_vue_component_are_read_where_they_stand() -> None:
    found = read(VUE, "pages/users.vue")
    (query,) = found.queries
    line = VUE.splitlines().index("const users = await prisma.user.findMany()") + 1
    assert (query.location.line, query.location.column) == (line, len("const users = await ") + 1)
    assert not found.problems


def test_both_scripts_of_a_svelte_component_are_one_file() -> None:
    svelte = f"""<script context="module">
{CLIENT}
</script>
<script>
  export let ids
  for (const id of ids) {{ await prisma.user.findFirst({{ where: {{ id }} }}) }}
</script>
{{#each ids as id}}<p>{{id}}</p>{{/each}}
"""
    (query,) = read(svelte, "src/Users.svelte").queries
    assert query.model == "user"
    assert query.uses_element_of is not None


def test_a_script_in_jsx_is_read_as_such() -> None:
    text = f"<script lang='tsx'>\n{CLIENT}\nconst render = () => <p>{{prisma.user.count()}}</p>\n</script>"
    found = read(text, "src/Count.vue")
    assert [query.method for query in found.queries] == ["count"]
    assert not found.problems


@pytest.mark.parametrize(
    "text",
    [
        "<!-- <script>prisma.user.findMany()</script> -->",
        '<script type="application/ld+json">{"a": 1}</script>',
        "<p>no script at all</p>",
        '<script src="./elsewhere.ts"></script>',
    ],
)
def test_what_is_no_code_of_the_component_is_left_out(text: str) -> None:
    assert not script_of(text).strip()


def test_a_script_that_is_not_closed_goes_to_the_end() -> None:
    assert script_of("<p/><script>let a").strip() == "let a"


@pytest.mark.parametrize("kind", ["module", "text/javascript", "text/typescript"])
def test_types_that_mean_code_are_code(kind: str) -> None:
    assert script_of(f"<script type='{kind}'>let a</script>").strip() == "let a"


@given(st.text(alphabet=st.sampled_from("<script>/ \n\r\t\"'ä🙂=-!x"), max_size=60))
def test_length_and_lines_stay(text: str) -> None:
    masked = script_of(text)
    assert len(masked) == len(text)
    assert [match.start() for match in re.finditer(r"[\r\n]", masked)] == [match.start() for match in re.finditer(r"[\r\n]", text)]
