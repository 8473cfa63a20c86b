"""What statements do to functions, triggers, policies, privileges, comments and whatever else a database has."""
