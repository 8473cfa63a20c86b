"""The graph of calls: which function of which file a call means, and what happens behind it.

In: the outlines of all files, their queries. Out: queries that know the loops of other functions and files that run them.
"""

from advisor.sources.calls.directory import Directory
from advisor.sources.calls.graph import Graph
from advisor.sources.calls.rounds import with_rounds

__all__ = ["Directory", "Graph", "with_rounds"]
