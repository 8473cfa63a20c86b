"""Findings drawn at random from real projects, as a table for a reader's verdicts.

    python scripts/draw_findings.py --select migrations --seed 7 --count 50 DIR/langfuse DIR/umami ...

Prints a row for each, with two empty columns: the verdict (right, arguable, wrong) and a word why. What is drawn depends on the
seed, on the projects' states and on the rules: a table of verdicts says all three.
"""

from __future__ import annotations

import argparse
import random
import subprocess
from pathlib import Path

from advisor import Review, review
from advisor.finding import Finding


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("projects", nargs="+", type=Path)
    parser.add_argument("--select", nargs="+", default=[], help="rules or categories (default: the default set)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--source", action="store_true", help="the lines of each finding below the table")
    given = parser.parse_args()
    reviews = [(project, review(project, select=given.select)) for project in given.projects]
    found = [(project, result, finding) for project, result in reviews for finding in result.findings]
    for project, result in reviews:
        migrations = sum(len(database.migrations) for database in result.project.databases)
        print(f"- {project.name} {commit_of(project)}: {migrations} migrations, {len(result.findings)} findings")
    drawn = random.Random(given.seed).sample(found, min(given.count, len(found)))
    print("\n| # | place | rule | what it says | verdict | why |\n| --- | --- | --- | --- | --- | --- |")
    for number, (project, _, finding) in enumerate(drawn, 1):
        print(row_of(number, project, finding))
    for number, (_, result, finding) in enumerate(drawn, 1) if given.source else ():
        print(f"\n[{number}] {finding.at}\n{lines_of(result, finding)}")


def commit_of(project: Path) -> str:
    done = subprocess.run(["git", "-C", str(project), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def row_of(number: int, project: Path, finding: Finding) -> str:
    path = Path(finding.at.path)
    within = next((path.relative_to(root) for root in (project, project.resolve()) if path.is_relative_to(root)), path)
    rule = f"{finding.rule} ({finding.confidence.value})"
    message = finding.message.replace("|", "\\|")
    return f"| {number} | {project.name} {within}:{finding.at.line} | {rule} | {message} | | |"


def lines_of(result: Review, finding: Finding) -> str:
    source = result.texts(finding.at.path)
    last = min(finding.at.end_line, finding.at.line + 6)
    return "\n".join(source.line(number)[:160] for number in range(finding.at.line, last + 1)) if source else ""


if __name__ == "__main__":
    main()
