"""Plans of one statement from before and after a change. In: the plans of a project. Out: the pairs that are to be compared.

Files say by their names that they belong together: `before.txt` and `after.txt`, `orders.before.json` and `orders.after.json`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.model import Plan, PlanChange

BEFORE = re.compile(r"(?:^|(?<=[./_-]))before(?=[._-][^/]*$)")


def named_changes(plans: Sequence[Plan]) -> tuple[PlanChange, ...]:
    """What the names of files pair."""
    paths = dict.fromkeys(plan.location.path for plan in plans)
    pairs = [(path, after) for path in paths if (after := BEFORE.sub("after", path)) != path and after in paths]
    return tuple(change for pair in pairs for change in changes_between(plans, pair))


def changes_between(plans: Sequence[Plan], paths: Sequence[str]) -> tuple[PlanChange, ...]:
    """The plans of two files in their order, one of the first with one of the second, as long as they are of one statement."""
    before, after = ([plan for plan in plans if plan.location.path == path] for path in paths)
    if not before or len(before) != len(after):
        return ()
    from advisor.model.plan.comparing import compare

    changes = [compare(one, other) for one, other in zip(before, after, strict=True)]
    return tuple(change for change in changes if change.is_of_one_statement)
