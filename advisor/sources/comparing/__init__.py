"""Two schemas of one database side by side. In: schemas, whatever they were read from. Out: where they differ.

`strict` compares every field of the model (is the replay what the server has?), `drift` what matters between what an ORM declares,
what a migration history builds and what a server has.
"""
