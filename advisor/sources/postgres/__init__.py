"""A live PostgreSQL, read through its catalogs."""
