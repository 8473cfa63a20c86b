"""Changes that block or break a database while it is in use."""
