"""Indexes that are missing, needless, or of the wrong kind."""
