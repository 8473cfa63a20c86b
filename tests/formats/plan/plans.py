"""Plans for the tests of their pictures: recorded ones, and ones made to measure."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from advisor.engine.review import Review, review_plans
from advisor.formats.plan import render_plans
from advisor.model import Plan, SourceText
from advisor.sources.explain import read_plans

PLANS = Path(__file__).parents[3] / "fixtures" / "plans"
FOLDED = "a-partition-for-each-day.fault"
"""A recorded plan of so many nodes that its tree is folded."""
TEXTS = sorted(
    path for path in [*PLANS.glob("*.txt"), *PLANS.glob("timed/*.txt"), *PLANS.glob("workloads/*.txt")] if path.stem != FOLDED
)

LIMITED = """\
Limit  (cost=0.42..1.47 rows=20 width=23) (actual time=0.010..5.000 rows=20.00 loops=1)
  ->  Seq Scan on posts  (cost=0.42..15118.64 rows=299681 width=23) (actual time=0.010..4.990 rows=20.00 loops=1)
Planning Time: 0.100 ms
Execution Time: 5.100 ms
"""
TRIGGERED = """\
Delete on orders  (cost=0.29..8.61 rows=0 width=0) (actual time=0.070..0.077 rows=0.00 loops=1)
  ->  Index Scan using orders_pkey on orders  (cost=0.29..8.61 rows=18 width=6) (actual time=0.010..0.015 rows=19.00 loops=1)
        Index Cond: (id < 20)
        Index Searches: 1
Planning Time: 0.140 ms
Trigger for constraint items_order_id_fkey: time=1384.888 calls=19
Execution Time: 1385.051 ms
"""
PARTLY_RUN = """\
Append  (cost=0.00..2.00 rows=2 width=4) (actual time=0.100..9.000 rows=1.00 loops=1)
  ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=4) (actual time=0.100..4.000 rows=1.00 loops=1)
  ->  Seq Scan on b  (cost=0.00..1.00 rows=1 width=4) (never executed)
  ->  Seq Scan on c  (cost=0.00..1.00 rows=1 width=4) (never executed)
Execution Time: 9.100 ms
"""
HOSTILE = """\
Seq Scan on "</title><script>alert(1)</script>```@everyone"  (cost=0.00..1.00 rows=1 width=4)
  Filter: (x = '<img src=x onerror=alert(1)> ]]> &amp; \x1b[31m \u202e ``` [a](javascript:b) #12 @you'::text)
"""


def plan_of(text: str) -> Plan:
    [plan] = read_plans(SourceText("plan.txt", text)).plans
    return plan


def recorded(name: str) -> Plan:
    return plan_of((PLANS / name).read_text(encoding="utf-8"))


def review_of(*texts: str) -> Review:
    return review_plans({f"plan-{number}.txt": text.encode() for number, text in enumerate(texts, 1)})


def written(format_: str, *texts: str) -> str:
    return render_plans(review_of(*texts), format_, StringIO())


def text_of(name: str) -> str:
    return (PLANS / name).read_text(encoding="utf-8")


def large(nodes: int, *, deep: bool = False) -> str:
    """A plan of so many nodes, side by side in tens or one below another, of which the last takes most of the time."""
    lines = ["Append  (cost=0.00..1000.00 rows=9 width=4) (actual time=0.001..1000.000 rows=9.00 loops=1)"]
    for number in range(1, nodes):
        depth = number if deep else 1 + (number % 10 > 1)
        time = 1000.0 if deep else 400.0 if number == nodes - 1 else 0.05 * (10 if depth == 1 else 1)
        kind = f"Seq Scan on t{number}" if number == nodes - 1 or depth == 2 else "Append"
        arrow = f"{' ' * (6 * depth - 4)}->  "
        lines.append(f"{arrow}{kind}  (cost=0.00..9.00 rows=9 width=4) (actual time=0.001..{time:.3f} rows=9.00 loops=1)")
    return "\n".join([*lines, "Planning Time: 3.000 ms", "Execution Time: 1000.100 ms", ""])
