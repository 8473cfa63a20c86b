"""The report that people read, print and hand over. In: a Review. Out: one HTML file."""

from advisor.report.page import render_report

__all__ = ["render_report"]
