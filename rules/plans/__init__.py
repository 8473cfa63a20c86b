"""EXPLAIN output that shows where a statement loses its time."""
