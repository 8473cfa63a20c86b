"""Which file an import means."""

from __future__ import annotations

import pytest

from advisor.model import Manifest, SourceText
from advisor.sources.evaluation.modules import Modules

FILES = (
    "packages/ai/src/models/index.ts",
    "packages/models/src/index.ts",
    "packages/models/src/orders/states.ts",
    "packages/plain/index.js",
    "packages/plain/constants.js",
    "apps/web/src/db/schema.ts",
    "apps/admin/src/db/schema.ts",
)
MANIFESTS = (
    Manifest("package.json", (), package="shop"),
    Manifest("packages/models/package.json", (), package="@shop/models"),
    Manifest("packages/plain/package.json", (), package="plain"),
)


@pytest.mark.parametrize(
    ("specifier", "importer", "path"),
    [
        ("@shop/models", "packages/db/src/schema.ts", "packages/models/src/index.ts"),
        ("@shop/models/orders/states", "packages/db/src/schema.ts", "packages/models/src/orders/states.ts"),
        ("plain", "packages/db/src/schema.ts", "packages/plain/index.js"),
        ("plain/constants.js", "packages/db/src/schema.ts", "packages/plain/constants.js"),
        ("@/db/schema", "apps/admin/src/pages/index.ts", "apps/admin/src/db/schema.ts"),
        ("./db/schema", "apps/web/src/main.ts", "apps/web/src/db/schema.ts"),
        ("@shop/unknown", "apps/web/src/main.ts", None),
        ("drizzle-orm", "apps/web/src/main.ts", None),
    ],
)
def test_an_import_means_the_file_that_its_words_lead_to(specifier: str, importer: str, path: str | None) -> None:
    found = Modules(FILES, lambda path: SourceText(path, ""), MANIFESTS).resolve(specifier, importer)
    assert (found.path if found else None) == path
