"""Migration histories: which files are one history of which tool, in which order they run, and what each of them does."""
