"""An advisory expert system for applications on PostgreSQL.

from advisor import review

result = review("path/to/project")
for finding in result.findings:
    print(finding.at, finding.rule, finding.message)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from advisor.engine.review import Review, review

__version__ = "0.1.0"
__all__ = ["Review", "__version__", "review"]


def __getattr__(name: str) -> Any:
    """`review` and `Review` are imported when they are first used, so that `advisor --version` imports nothing."""
    if name in ("Review", "review"):
        from advisor.engine import review as module

        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
