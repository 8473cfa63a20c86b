"""Plans in the report. In: plans and findings. Out: values for the template `plan.html.jinja`, which the page of a plan shares."""

from advisor.formats.plan.view import NodeView, PlanView, plan_view

__all__ = ["NodeView", "PlanView", "plan_view"]
