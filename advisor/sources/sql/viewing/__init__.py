"""What queries show: their columns with names and types, and what they read. In: `SelectStmt` nodes. Out: an `Analysis`."""
