"""Rules for a person to read: one rule's page, or the list of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from advisor.finding import Severity
from advisor.rule import Example, Rule


def rule_page(rule: Rule) -> str:
    """The page in Markdown: name, what it is, and an example of each kind."""
    parts = [f"# {rule.name}", f"`{rule.category}` · {rule.severity.value}", rule.page]
    if rule.bad:
        parts += ["## Example", fenced(rule.bad[0])]
    if rule.good:
        parts += ["Fine:", fenced(rule.good[0])]
    return "\n\n".join(parts) + "\n"


def fenced(example: Example) -> str:
    return "\n\n".join(f"```{language(path)}\n{text.rstrip()}\n```" for path, text in example.files.items())


def language(path: str) -> str:
    return {"ts": "typescript", "tsx": "tsx", "js": "javascript", "txt": "text"}.get(suffix := path.rpartition(".")[2], suffix)


def list_rules(rules: Iterable[Rule], *, with_off: bool) -> str:
    """A line for each rule, by category."""
    shown = [rule for rule in rules if with_off or rule.severity is not Severity.OFF]
    width = max((len(rule.name) for rule in shown), default=0)
    blocks = [category_block(category, list(members), width) for category, members in groupby(shown, lambda rule: rule.category)]
    return "\n\n".join(blocks) + "\n"


def category_block(category: str, rules: Sequence[Rule], width: int) -> str:
    return "\n".join([category, *(f"  {rule.name:{width}}  {rule.severity.value:7}  {rule.summary}" for rule in rules)])
