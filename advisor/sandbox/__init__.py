"""A throw-away PostgreSQL: where SQL is tried that no other server should see."""
