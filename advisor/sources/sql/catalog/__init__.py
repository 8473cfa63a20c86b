"""The database while statements are applied to it."""
