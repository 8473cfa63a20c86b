"""A whole review. Paths in; findings, recommendations and what was not examined out. This is also the Python API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from advisor.engine.fingerprints import with_fingerprints
from advisor.engine.histories import past_told_once, with_histories
from advisor.engine.recommendations import recommend
from advisor.engine.run import NotRun, Run, run_rules
from advisor.engine.settings import Settings
from advisor.engine.suppression import suppress
from advisor.errors import ConfigurationError, InputError
from advisor.finding import Finding, Recommendation
from advisor.masking import masked
from advisor.model import Plan, PlanChange, Project, Skipped, SourceText
from advisor.sources.changes import changes_between
from advisor.sources.discovery import Discovery, FoundFile, discover, missing
from advisor.sources.files import is_file, is_folder
from advisor.sources.read import ReadProject, read_files, read_project


class Review(Struct, frozen=True):
    """What a review found. `texts` gives the text of an examined file, for excerpts."""

    findings: tuple[Finding, ...]
    recommendations: tuple[Recommendation, ...]
    skipped: tuple[Skipped, ...]
    not_run: tuple[NotRun, ...]
    project: Project
    rules_run: tuple[str, ...]
    texts: Callable[[str], SourceText | None]
    failed_by_name: bool = False
    """A file that was asked for by name could not be read or understood, wholly or in part."""
    rules_off: tuple[str, ...] = ()
    """Rules that were not asked because they are off unless somebody selects them."""


def review(
    paths: Sequence[str | Path] | str | Path,
    *,
    config: str | Path | None = None,
    select: Sequence[str] | str | None = None,
    ignore: Sequence[str] | str | None = None,
    db: str | None = None,
    jobs: int = 1,
    cache: bool = False,
) -> Review:
    """Review files and folders, and with `db`, the address of a PostgreSQL database, what the server has.

    `config` is a configuration file; without it the nearest advisor.toml or pyproject.toml above the first path counts. `select`
    and `ignore` name rules and categories: `select` in place of the configuration's, `ignore` on top of it. Code is read by up to
    `jobs` processes; `cache` keeps what was read of it in the user's cache folder, and finds it again there. Raises InputError
    for a path that is not there or a server that cannot be asked, and ConfigurationError for a configuration that cannot be
    followed; whatever is wrong inside a file is in `Review.skipped`.
    """
    given = [str(path) for path in ([paths] if isinstance(paths, (str, Path)) else paths)]
    if absent := missing(given):
        raise InputError(f"no such file or folder: {', '.join(path or '(an empty name)' for path in absent)}")
    settings = settings_for(given, config, listed(select), listed(ignore))
    return judge(read_project(given, db=db, jobs=jobs, cache=cache), settings)


def review_plans(
    texts: Mapping[str, bytes],
    *,
    schema: Sequence[str] = (),
    config: str | Path | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    db: str | None = None,
) -> Review:
    """Review EXPLAIN output that is at hand, by name; only what its content says counts. Two plans of two texts are compared.

    `schema` are the files and folders that describe the tables; they and the database at `db` are not reviewed themselves.
    """
    if absent := missing(schema):
        raise InputError(f"no such file or folder: {', '.join(path or '(an empty name)' for path in absent)}")
    settings = settings_for([*schema] or [*texts], config, select, ignore)
    around = discover(schema) if schema else Discovery([])
    files = [FoundFile(Path(name), name, name, kind="perhaps a plan", named=True, data=data) for name, data in texts.items()]
    described = [file for file in around.files if file.kind != "perhaps a plan"]
    read = read_files(Discovery([*described, *files], around.skipped, around.folders), db=db)
    lost = tuple(lost for lost in read.project.skipped if lost.path in read.named)
    changes = changes_between(read.project.plans, list(texts)) if len(texts) == 2 else ()
    project = replace(read.project, skipped=lost, plan_changes=changes)
    return judge(replace(read, project=project), settings, kinds=frozenset((Plan, PlanChange)))


def judge(read: ReadProject, settings: Settings, kinds: frozenset[type[Any]] | None = None) -> Review:
    """Run the rules over a project that has been read; with `kinds`, only those that look at such facts."""
    run = run_rules(with_histories(read.project, settings), settings, kinds)
    fingerprinted = with_fingerprints(sorted(run.findings, key=place), read.texts)
    wanted = [finding for finding in fingerprinted if not ignored_by_path(finding, settings)]
    kept, unused = suppress(wanted, read.texts, run.rules_run)
    kept = past_told_once(kept, run.of_the_past)
    findings = tuple(sorted([*kept, *with_fingerprints(unused, read.texts)], key=place))
    untold = (lost for lost in read.project.skipped if not is_told(lost, findings))
    skipped = tuple(replace(lost, reason=masked(lost.reason)) for lost in (*untold, *unique_failures(run)))
    return Review(
        findings=findings,
        recommendations=recommend(kept, read.project),
        skipped=skipped,
        not_run=tuple(run.not_run),
        project=read.project,
        rules_run=tuple(sorted(run.rules_run)),
        texts=read.texts.get,
        failed_by_name=any(lost.kind == "failed" and lost.path in read.named for lost in skipped),
        rules_off=tuple(sorted(run.rules_off)),
    )


def place(finding: Finding) -> tuple[object, ...]:
    """The order of findings: by file, place and rule."""
    return (finding.at, finding.rule, finding.subject, finding.message)


def is_told(lost: Skipped, findings: Iterable[Finding]) -> bool:
    """Whether a finding says what Prisma has against the very place: then it was examined after all."""
    at = lost.location
    return at is not None and any(
        at == found.at or any(at == related.location for related in found.related)
        for found in findings
        if found.category == "prisma"
    )


def unique_failures(run: Run) -> list[Skipped]:
    return sorted(set(run.failures), key=Skipped.order)


def ignored_by_path(finding: Finding, settings: Settings) -> bool:
    """Whether the configuration's per-path ignores cover it. Patterns are those of .gitignore, from the configuration's folder."""
    if not settings.per_path_ignores:
        return False
    from pathspec import GitIgnoreSpec

    path = finding.at.path
    relative = path if settings.folder in (".", "") else path.removeprefix(settings.folder + "/")
    return any(
        (finding.rule in names or finding.category in names) and GitIgnoreSpec.from_lines([from_here(pattern)]).match_file(relative)
        for pattern, names in settings.per_path_ignores.items()
    )


def from_here(pattern: str) -> str:
    """`./src/**` as .gitignore says it; there it would match nothing."""
    return pattern[1:] if pattern.startswith("./") else pattern


def listed(names: Sequence[str] | str | None) -> Sequence[str]:
    """One name, or several, as a list."""
    return [names] if isinstance(names, str) else names or ()


def settings_for(paths: Sequence[str], config: str | Path | None, select: Sequence[str], ignore: Sequence[str]) -> Settings:
    """The configuration file's settings, with what the caller adds."""
    from advisor.engine.registry import known_names, unknown

    if select or ignore:
        known = known_names()
        for name in [*select, *ignore]:
            if name not in known:
                raise ConfigurationError(unknown("rule or category", name, known))
    settings = configured_settings(paths, config)
    return replace(settings, select=tuple(select) or settings.select, ignore=(*settings.ignore, *ignore))


def configured_settings(paths: Sequence[str], config: str | Path | None) -> Settings:
    """What the configuration file says; defaults where there is none, without importing what would check it."""
    from advisor.engine.locate import find_configuration

    if config is not None and not is_file(Path(config)):
        raise ConfigurationError(f"no such configuration file: {config}")
    start = Path(paths[0]).absolute() if paths else Path.cwd()
    path = Path(config) if config is not None else find_configuration(start if is_folder(start) else start.parent)
    if path is None:
        return Settings()
    from advisor.engine.configuration import load_settings

    return load_settings(path)
