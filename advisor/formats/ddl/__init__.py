"""DDL, kind by kind. In: values of the schema model. Out: the statements that make them, and what each needs before it."""
