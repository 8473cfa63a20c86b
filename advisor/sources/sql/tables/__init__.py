"""What statements do to tables, columns, constraints, indexes and sequences."""
