"""Statements of a migration made safe: one or several migrations, written as the project's own tool wants them."""

from advisor.remedies.migrations.steps import SafeSteps, Step

__all__ = ["SafeSteps", "Step"]
