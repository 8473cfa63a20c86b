"""The command line: thin. Each command parses its options, calls one function, prints, and exits.

Exit codes: 0 nothing at or above `--fail-on`, 1 findings, 2 could not do its job. Everything heavy is imported inside a command.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import click

from advisor import __version__
from advisor.errors import AdvisorError, InputError

if TYPE_CHECKING:
    from advisor.engine.review import Review
    from advisor.model import Project, Skipped
    from advisor.sources.read import ReadProject

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
FAIL_ON = ("error", "warning", "info", "never")
FORMATS = ("text", "json", "sarif", "github")
PLAN_FORMATS = ("text", "json", "html", "svg", "markdown")
MOST_NOTES = 10
"""How many statements that a schema lacks are named on standard error."""

Command = Callable[..., Any]


class Group(click.Group):
    """Turns our own errors into one line and exit code 2, whichever command raised them."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AdvisorError as error:
            complain(str(error))
            ctx.exit(2)


def examples(text: str) -> Command:
    """Show examples below a command's options."""

    def decorate(command: Command) -> Command:
        lines = "\n".join(f"  {line}" for line in text.strip().splitlines())
        command.__doc__ = f"{command.__doc__}\n\n\b\nExamples:\n{lines}"
        return command

    return decorate


def rule_options(command: Command) -> Command:
    """The options that say which rules run."""
    for option in (
        click.option("--ignore", "ignored", multiple=True, metavar="RULE", help="Leave out these rules or categories."),
        click.option("--select", "selected", multiple=True, metavar="RULE", help="Run only these rules or categories."),
        click.option("--config", type=click.Path(), help="The configuration file, instead of the nearest one."),
    ):
        command = option(command)
    return command


def database_option(command: Command) -> Command:
    """The option that names a server to ask."""
    text = "Ask this PostgreSQL too: postgresql://user@host/database. It is only read."
    return click.option("--db", metavar="URL", help=text)(command)


def reading_options(command: Command) -> Command:
    """The options that say how code is read."""
    jobs_text = "Read code with at most this many processes; by default one for each processor."
    for option in (
        click.option("--no-cache", is_flag=True, help="Read all code anew, and keep nothing of it for the next time."),
        click.option("--jobs", type=click.IntRange(min=1), metavar="N", help=jobs_text),
    ):
        command = option(command)
    return command


@click.group(cls=Group, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="advisor", message="%(prog)s %(version)s")
def main() -> None:
    """Advice on applications that use PostgreSQL: schema, migrations, code and plans read as one."""


@main.command()
@click.argument("paths", nargs=-1)
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, help="How to print.")
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="Write to this file instead of standard output.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), default="warning", show_default=True, help="Exit 1 from this severity on.")
@click.option("--strict", is_flag=True, help="Let findings that are only possible fail the build too.")
@click.option("--fix", is_flag=True, help="Make the changes that are mechanical in the files, and report what is left.")
@click.option("--diff", is_flag=True, help="Print the changes that --fix would make; exit 1 if there are any.")
@database_option
@reading_options
@rule_options
@examples("""
advisor check
advisor check prisma src --fail-on error
advisor check . --format sarif --output advisor.sarif
advisor check . --select indexes,n-plus-one-query
advisor check . --select unindexed-foreign-key --diff
advisor check . --db postgresql://reader@db.example.com/blog
""")
def check(
    paths: tuple[str, ...],
    format_: str,
    output: str | None,
    fail_on: str,
    strict: bool,
    fix: bool,
    diff: bool,
    **asked: Any,
) -> None:
    """Look for problems in files and folders (without any, the working directory)."""
    from advisor.formats import render

    if diff:
        sys.exit(show_fixes(run_review(paths, **asked)))
    if fix:
        fix_files(lambda: run_review(paths, **asked))
    result = run_review(paths, **asked)
    if output is None:
        standard_output()
    write(render(result, format_, colour=output is None), output)
    sys.exit(exit_code(result, fail_on, strict=strict))


@main.command()
@click.argument("paths", nargs=-1)
@click.option("--output", "-o", type=click.Path(dir_okay=False), required=True, help="The HTML file to write.")
@click.option("--title", help="The heading of the report, instead of the folder's name.")
@database_option
@reading_options
@rule_options
@examples("""
advisor report . --output report.html
advisor report . --output audit.html --title "Blog database audit"
""")
def report(
    paths: tuple[str, ...],
    output: str,
    title: str | None,
    **asked: Any,
) -> None:
    """Write a report worth handing over: one HTML file that needs no network."""
    from advisor.report import render_report

    if not output.endswith((".html", ".htm")):
        raise click.UsageError("--output must end in .html")
    result = run_review(paths, **asked)
    write(render_report(result, title=title or heading(paths)), output)
    write(f"{output}: {count(result.recommendations, 'recommendation')} from {count(result.findings, 'finding')}\n", None)
    sys.exit(2 if result.failed_by_name else 0)


@main.command()
@click.argument("files", nargs=-1)
@click.option("--format", "format_", type=click.Choice(PLAN_FORMATS), default="text", show_default=True, help="How to print.")
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="Write to this file instead of standard output.")
@click.option("--schema", "schemas", multiple=True, metavar="PATH", help="Files or a folder that describe the tables.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), default="never", show_default=True, help="Exit 1 from this severity on.")
@click.option("--strict", is_flag=True, help="Let findings that are only possible count for --fail-on too.")
@database_option
@rule_options
@examples("""
advisor plan explain.txt
psql -XqAt -c "EXPLAIN (ANALYZE, BUFFERS) SELECT ..." | advisor plan
advisor plan explain.txt --schema prisma/schema.prisma
advisor plan explain.txt --format html --output plan.html
advisor plan before.txt after.txt --select plan-regression --fail-on warning
""")
def plan(
    files: tuple[str, ...],
    format_: str,
    output: str | None,
    schemas: tuple[str, ...],
    fail_on: str,
    strict: bool,
    db: str | None,
    config: str | None,
    selected: tuple[str, ...],
    ignored: tuple[str, ...],
) -> None:
    """Read EXPLAIN output in any form, draw it, and say what is wrong; two plans in two files are compared too."""
    from advisor.engine.review import review_plans
    from advisor.formats.plan import render_plans

    texts = {"standard input" if file == "-" else file: read_input(file) for file in files or ("-",)}
    result = review_plans(texts, schema=schemas, config=config, select=names(selected), ignore=names(ignored), db=db)
    write(render_plans(result, format_, StringIO() if output else standard_output()), output)
    sys.exit(report_failures(result.skipped) or exit_code(result, fail_on, strict=strict))


@main.command()
@click.argument("paths", nargs=-1)
@click.option(
    "--format",
    "format_",
    type=click.Choice(("sql", "json", "dbml", "mermaid")),
    default="sql",
    show_default=True,
    help="How to print.",
)
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="Write to this file instead of standard output.")
@database_option
@examples("""
advisor schema prisma/schema.prisma
advisor schema . --format mermaid
advisor schema prisma/migrations --format json
advisor schema --db postgresql://reader@db.example.com/blog
""")
def schema(paths: tuple[str, ...], format_: str, output: str | None, db: str | None) -> None:
    """Print the schema that the files describe: as SQL that builds it again, as JSON, as DBML, or as a Mermaid diagram."""
    from advisor.formats.schemas import render_schemas

    read = read_paths(paths, db)
    project = only_live(read.project) if db else read.project
    text = render_schemas(project, format_)
    if output is None and standard_output().isatty():
        from advisor.formats.excerpt import spelled_out

        text = spelled_out(text)
    write(text, output)
    report_unexamined(read.project.skipped)
    sys.exit(report_failures([lost for lost in read.project.skipped if lost.path in read.named]))


@main.command()
@click.argument("name", required=False)
@click.option("--all", "show_all", is_flag=True, help="List the rules that are off by default too.")
@examples("""
advisor rule
advisor rule unindexed-foreign-key
""")
def rule(name: str | None, show_all: bool) -> None:
    """Print the page of a rule, or the list of all rules."""
    from advisor.formats.rules import list_rules, rule_page

    if name is not None:
        from advisor.engine.registry import find_rule

        write(rule_page(find_rule(name)), None)
    else:
        from advisor.engine.registry import all_rules

        write(list_rules(all_rules(), with_off=show_all), None)


def run_review(
    paths: tuple[str, ...],
    *,
    config: str | None,
    selected: tuple[str, ...],
    ignored: tuple[str, ...],
    db: str | None,
    jobs: int | None,
    no_cache: bool,
) -> Review:
    """A review as the options of a command ask for it."""
    from advisor.engine.review import review
    from advisor.processors import available_processors

    check_working_directory()
    return review(
        list(paths) or ["."],
        config=config,
        select=names(selected),
        ignore=names(ignored),
        db=db,
        jobs=jobs or available_processors(),
        cache=not no_cache,
    )


def show_fixes(result: Review) -> int:
    """Print what `--fix` would change; 1 where that is anything."""
    from advisor.engine.fixing import fixes_of

    fixes = fixes_of(result)
    write("".join(fix.diff() for fix in fixes), None)
    return 2 if result.failed_by_name else int(bool(fixes))


def fix_files(review: Callable[[], Review]) -> None:
    """Make the changes, and say on standard error how many in which file."""
    from advisor.engine import fixing

    counts: Counter[str] = Counter()
    for fixed in fixing.fix_files(review):
        counts[fixed.path] += fixed.count
    for path, number in sorted(counts.items()):
        click.echo(f"fixed {number} in {path}", err=True)


def read_paths(paths: tuple[str, ...], db: str | None = None) -> ReadProject:
    """What the paths hold; with a server to ask and no paths, only what that has."""
    from advisor.sources.discovery import missing
    from advisor.sources.read import read_project

    check_working_directory()
    given = list(paths) or ([] if db else ["."])
    if absent := missing(given):
        raise InputError(f"no such file or folder: {', '.join(path or '(an empty name)' for path in absent)}")
    return read_project(given, db=db)


def only_live(project: Project) -> Project:
    """The project with the database that a server was asked for, as the server has it; whose it is, standard error says."""
    from msgspec.structs import replace

    (asked,) = (database for database in project.databases if database.live is not None)
    if asked.schema is not asked.live:
        complain(f"what the server has of the database described in {asked.folder or '.'}")
    return replace(project, databases=(replace(asked, schema=asked.live or asked.schema),))


def check_working_directory() -> None:
    """Paths are shown from there."""
    try:
        Path.cwd()
    except OSError as error:
        raise InputError("the working directory is not there any more") from error


def read_input(file: str) -> bytes:
    """The bytes of a file, or of standard input for `-`."""
    if file == "-":
        if sys.stdin is None:
            raise InputError("standard input is closed")
        if sys.stdin.isatty():
            click.echo("paste the plan, then end it with Ctrl-D (Ctrl-Z on Windows)", err=True)
        return read_stream(sys.stdin.buffer, "standard input")
    path = Path(file)
    try:
        # A pipe that nobody writes to would be waited for without end. What the shell opens for `<(psql ...)` is written to.
        if path.exists() and not path.is_dir() and not path.is_file() and not file.startswith("/dev/fd/"):
            raise InputError(f"{file} cannot be read: not a regular file")
        with path.open("rb") as stream:
            return read_stream(stream, file)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}") from error


def read_stream(stream: BinaryIO, name: str) -> bytes:
    """All of it, up to the size that is read of any file."""
    from advisor.sources.files import MAX_BYTES

    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(f"{name} is over the limit of {MAX_BYTES // 1024 // 1024} MiB")
    return data


def report_failures(skipped: Iterable[Skipped]) -> int:
    """Say on standard error what failed; the exit code that follows from it."""
    failed = [lost for lost in skipped if lost.kind == "failed"]
    for lost in failed:
        complain(f"{lost.location or lost.path}: {lost.reason}")
    return 2 if failed else 0


def report_unexamined(skipped: Iterable[Skipped]) -> None:
    """Say on standard error which statements the schema lacks since they were not followed: the first few, and how many more."""
    left = [lost for lost in skipped if lost.kind == "left alone" and lost.location is not None]
    for lost in left[:MOST_NOTES]:
        complain(f"{lost.location}: {lost.reason}")
    if len(left) > MOST_NOTES:
        complain(f"and {len(left) - MOST_NOTES} more places: `advisor check --format json` lists them under `skipped`")


def names(given: tuple[str, ...]) -> list[str]:
    """`--select a,b --select c` as a list."""
    return [name.strip() for value in given for name in value.split(",") if name.strip()]


def exit_code(result: Review, fail_on: str, *, strict: bool) -> int:
    """2 where a named file failed; 1 where a finding is severe and sure enough; else 0."""
    from advisor.finding import Confidence, Severity

    if result.failed_by_name:
        return 2
    if fail_on == "never":
        return 0
    counted = [finding for finding in result.findings if strict or finding.confidence is not Confidence.POSSIBLE]
    threshold = Severity(fail_on).rank
    return int(any(finding.severity is not None and finding.severity.rank >= threshold for finding in counted))


def write(text: str, output: str | None) -> None:
    """Print, or write to a file whose folder is made where it is missing."""
    if output is None:
        print_text(text)
        return
    try:
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        Path(output).write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    except (OSError, ValueError) as error:
        raise AdvisorError(f"{output} cannot be written: {getattr(error, 'strerror', None) or error}") from error


def print_text(text: str) -> None:
    """Write to standard output exactly this: colours stay, and what its encoding lacks is spelled out."""
    stream = standard_output()
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        # What is left in the buffer would be tried again at the end.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 kept open till the end
        # Where the reader went away (`advisor check | head`), nothing is wrong, and nobody is left to tell.
        if not isinstance(error, BrokenPipeError):
            raise AdvisorError(f"standard output cannot be written: {error.strerror or error}") from error


def standard_output() -> TextIO:
    if sys.stdout is None:  # closed by the caller: `advisor check >&-`
        raise AdvisorError("standard output is closed")
    return sys.stdout


def complain(text: str) -> None:
    """Say on standard error, in one line, what went wrong."""
    from advisor.formats.excerpt import one_line

    click.echo(f"advisor: {one_line(text)}", err=True)


def heading(paths: tuple[str, ...]) -> str:
    """What a report is called: the name of the folder under review."""
    return Path(paths[0] if paths else ".").resolve().name


def count(things: tuple[object, ...], noun: str) -> str:
    return f"{len(things)} {noun}" + ("" if len(things) == 1 else "s")


if __name__ == "__main__":
    main()
