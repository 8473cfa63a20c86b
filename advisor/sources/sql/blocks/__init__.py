"""DO blocks and what runs inside functions: which of it is known to happen."""
