"""The report's templates and style sheet."""
