"""A database that grows on a server by random statements about what stands there: `history` grows it, the rest makes statements."""
