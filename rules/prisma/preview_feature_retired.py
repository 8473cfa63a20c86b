"""A preview feature that Prisma has renamed, made general, or removed.

## Why it matters
A feature that became general is a word without effect, and each `prisma generate` warns about it. A renamed one may be gone
after the next upgrade, and a removed one stops it: Prisma 7 knows no `metrics`, and refuses the schema.

## When it is fine
While the project stays on a version in which the feature is still a preview. Where package.json names that version, nothing
is said.

## What to do
Take the name out of `previewFeatures`, or write the new one. For `metrics` there is no successor: measure in the driver's
pool or through OpenTelemetry before upgrading to 7.

## Sources
- Prisma documentation, "Preview features" and its list of those "promoted to general availability"
  https://www.prisma.io/docs/orm/reference/preview-features/client-preview-features
- what Prisma's own schema validator says of each name, in versions 5.22, 6.0, 6.5, 6.8, 6.12, 6.13, 6.14, 6.16, 6.19, 7.0 and
  8.1 (npm: @prisma/prisma-schema-wasm)
- `metrics`: https://github.com/prisma/docs/pull/7151 (deprecated in 6.14, removed in 7)
- full text search: https://www.prisma.io/docs/orm/prisma-client/queries/full-text-search (renamed for PostgreSQL in 6.0)
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Generator, PrismaSchema, Project
from advisor.remedies import EditPrisma
from advisor.rule import Confidence, Finding, Severity, prisma, project, rule

Version = tuple[int, ...]


@dataclass(frozen=True)
class Fate:
    """What became of a preview feature, and in which version; `removed` is the version that refuses its name."""

    since: Version
    successor: str | None = None
    removed: Version | None = None


GENERAL = {
    (2, 5): "aggregateApi distinct middlewares",
    (2, 10): "atomicNumberOperations",
    (2, 11): "connectOrCreate transactionApi",
    (2, 15): "uncheckedScalarInputs",
    (2, 17): "nativeTypes",
    (2, 20): "createMany groupBy",
    (3, 0): "microsoftSqlServer nApi namedConstraints orderByAggregateGroup orderByRelation referentialActions selectRelationCount",
    (3, 12): "mongoDb",
    (3, 14): "cockroachdb",
    (4, 0): "extendedIndexes filterJson improvedQueryRaw",
    (4, 7): "interactiveTransactions referentialIntegrity",
    (4, 16): "clientExtensions filteredRelationCount orderByNulls",
    (5, 0): "extendedWhereUnique fieldReference jsonProtocol",
    (6, 0): "fullTextIndex",
    (6, 1): "tracing",
    (6, 2): "omitApi",
    (6, 7): "prismaSchemaFolder",
    (6, 8): "deno",
    (6, 13): "multiSchema",
    (6, 16): "driverAdapters queryCompiler",
}
"""Version, and the features that need no flag from then on."""

FATES = {name.lower(): Fate(version) for version, names in GENERAL.items() for name in names.split()} | {
    "fulltextsearch": Fate((6, 0), successor="fullTextSearchPostgres"),
    "metrics": Fate((6, 14), removed=(7, 0)),
}
"""By lower-case name: Prisma does not mind the case."""

BAD = [
    prisma("""
        generator client {
          provider        = "prisma-client-js"
          previewFeatures = ["fullTextSearch", "metrics"]
        }
    """),
    prisma("""
        generator client {
          provider        = "prisma-client-js"
          previewFeatures = ["views", "interactiveTransactions", "relationJoins"]
        }
    """),
    prisma("""
        generator client {
          provider        = "prisma-client-js"
          previewFeatures = ["tracing", "omitApi", "driverAdapters", "multiSchema", "fullTextIndex", "DENO"]
        }
    """),
    project(
        {
            "package.json": '{"dependencies": {"@prisma/client": "^7.1.0"}}',
            "prisma/schema.prisma": """
                generator client {
                  provider        = "prisma-client"
                  output          = "../generated"
                  previewFeatures = ["metrics"]
                }
            """,
        }
    ),
]
GOOD = [
    prisma("""
        generator client {
          provider        = "prisma-client-js"
          previewFeatures = ["fullTextSearchPostgres", "views", "relationJoins"]
        }
    """),
    project(
        {
            "package.json": '{"dependencies": {"@prisma/client": "5.22.0"}}',
            "prisma/schema.prisma": """
                generator client {
                  provider        = "prisma-client-js"
                  previewFeatures = ["fullTextSearch", "metrics", "tracing"]
                }
            """,
        }
    ),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def preview_feature_retired(schema: PrismaSchema, project: Project) -> Iterator[Finding]:
    for generator in schema.generators if for_postgresql(schema) else ():
        version = installed(project, generator)
        retired = {
            feature.name: fate
            for feature in generator.preview_features
            if (fate := FATES.get(feature.name.lower())) and (version is None or version >= fate.since)
        }
        for feature in generator.preview_features:
            if fate := retired.get(feature.name):
                refused = bool(fate.removed and version and version >= fate.removed)
                yield Finding(
                    at=feature.location,
                    subject=f"generator {generator.name}: {feature.name}",
                    message=f"preview feature {feature.name} {explain(fate)}",
                    remedy=without(generator, retired),
                    confidence=Confidence.CERTAIN if version else Confidence.LIKELY,
                    severity=Severity.ERROR if refused else None,
                )


def for_postgresql(schema: PrismaSchema) -> bool:
    """PostgreSQL only: `fullTextSearch` has another fate elsewhere."""
    return schema.datasource is None or schema.datasource.provider in ("postgresql", "postgres")


def installed(project: Project, generator: Generator) -> Version | None:
    """The lowest version of Prisma that the project's manifests admit; None where they name none."""
    versions = [project.version_of(package, near=generator.location.path) for package in ("@prisma/client", "prisma")]
    return next((version for version in versions if version), None)


def explain(fate: Fate) -> str:
    since = ".".join(map(str, fate.since))
    if fate.successor:
        return f"is called {fate.successor} since Prisma {since}"
    if fate.removed:
        return f"is deprecated since Prisma {since} and refused by Prisma {'.'.join(map(str, fate.removed))}"
    return f"needs no flag since Prisma {since}"


def without(generator: Generator, retired: dict[str, Fate]) -> EditPrisma:
    """The whole list written anew: one edit, however many of its names go."""
    features, kept = generator.preview_features, dict[str, None]()
    for feature in features:
        fate = retired.get(feature.name)
        name = fate.successor if fate else feature.name
        if name:
            kept[name] = None
    what = f"Retire preview feature{'s' if len(retired) > 1 else ''} {', '.join(retired)}"
    place = features[0].location.until(features[-1].location)
    names = ", ".join(f'"{name}"' for name in kept)
    return EditPrisma(what, place, names, f"previewFeatures = [{names}]")
