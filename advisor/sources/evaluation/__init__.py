"""What TypeScript and JavaScript come to without being run: values of expressions, across the files of a project.

`modules` finds files and what they export; `evaluator` works out names, calls and statements; `values`, `symbols` and
`containers` are what comes out. Migrations in code and ORM schemas are both read through it: the first hand it the objects of
their tools and keep what is done to them (`effects`), the second read the calls of packages that it writes down.
"""
