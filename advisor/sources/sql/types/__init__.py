"""What statements do to domains, enums, composite and range types."""
