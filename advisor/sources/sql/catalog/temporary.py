"""The schema of what a session makes for itself."""

TEMPORARY = "pg_temp"
