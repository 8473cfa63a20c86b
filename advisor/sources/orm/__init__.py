"""Schemas that application code declares: Drizzle tables, Sequelize models, TypeORM entities. Code in, the model's Schema out.

`modules` and `evaluation` work out what a declaration says, across files; each ORM's own folder turns it into the DDL that the ORM
would run; `ddl` replays that and puts the places of the code in.
"""
