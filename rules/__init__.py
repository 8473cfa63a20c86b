"""The knowledge base: one file, one rule; a folder for each category."""
