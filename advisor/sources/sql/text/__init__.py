"""A file of SQL cut into statements, and statements into trees."""
