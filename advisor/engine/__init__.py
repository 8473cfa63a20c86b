"""Which rules exist, which facts they need, running them, suppressing what a project does not want, joining what remains."""
