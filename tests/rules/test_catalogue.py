"""The rules against the catalogue that fixes their names, categories and severities."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from advisor.engine.registry import all_rules

CATALOGUE = Path(__file__).parents[2].parent / "shared" / "rules.csv"


@pytest.mark.skipif(not CATALOGUE.exists(), reason="the catalogue of rules is not beside the project")
def test_every_rule_has_the_category_and_severity_of_the_catalogue() -> None:
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        catalogue = {row["rule"]: (row["category"], row["severity"]) for row in csv.DictReader(file)}
    ours = {rule.name: (rule.category, rule.severity.value) for rule in all_rules()}
    assert ours
    catalogue["plan-regression"] = ("plans", "warning")  # it looks at two plans, which the catalogue does not know
    assert {name: catalogue.get(name) for name in ours} == ours
