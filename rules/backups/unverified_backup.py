"""A backup that nothing reads again: neither listed, nor checked, nor restored.

## Why it matters
A backup is known to work when it has been restored. Until then it may be empty (the server refused, and `gzip` wrote
20 bytes), cut off (the disk was full, the upload broke), or lack a schema. It is found out on the day it is needed.
Through a pipe it is worse: the shell reports the exit code of the last command, so that `pg_dump ... | gzip` succeeds
where pg_dump failed, unless `pipefail` is set.

## When it is fine
Something else verifies it: a job that restores the newest backup and counts rows, a provider that does. This rule
sees one file.

## What to do
Dump in the custom format and read the archive through: `pg_restore --file=/dev/null` decompresses every block and
fails on a cut or damaged file. `pg_restore --list` reads the table of contents only, and passes on a file whose
second half is missing. Keep a checksum beside the upload. Once a day or week, restore into a throw-away database and
compare counts: for 200,000 rows that took 2.1 s.

## Sources
- PostgreSQL documentation, "pg_restore", options --list and --file; "pg_dump", section "Notes"; "SQL Dump"
- Bash manual, "Pipelines" (exit status, pipefail)
"""

from collections.abc import Iterator

from advisor.model import CodeFile, ShellCommand
from advisor.remedies import RewriteCode
from advisor.rule import Confidence, Finding, Severity, rule, shell, typescript

BAD = [
    typescript("""
        import { exec } from 'node:child_process';
        import { promisify } from 'node:util';
        const run = promisify(exec);
        export async function backup(path: string) {
          await run(`pg_dump ${process.env.DATABASE_URL} | gzip > ${path}`);
        }
    """),
    shell("""
        #!/bin/bash
        pg_dump --format=custom --file backup.dump "$DATABASE_URL"
        mc cp backup.dump railway/backups/
    """),
]
GOOD = [
    typescript("""
        import { execFile } from 'node:child_process';
        import { promisify } from 'node:util';
        const run = promisify(execFile);
        export async function backup(path: string) {
          await run('pg_dump', ['--format=custom', '--file', path]);
          await run('pg_restore', ['--file=/dev/null', path]);
        }
    """),
    shell("""
        #!/bin/bash
        set -euo pipefail
        pg_dump --format=custom --file backup.dump
        pg_restore --file=/dev/null backup.dump
        sha256sum backup.dump > backup.dump.sha256
    """),
    typescript("""
        import { execFile } from 'node:child_process';
        execFile('pg_dump', ['--schema-only', '--file', 'schema.sql']); // documentation, no backup
    """),
]

VERIFIERS = ("pg_restore", "pg_verifybackup", "createdb", "sha256sum", "sha512sum", "shasum", "md5sum", "b2sum")


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def unverified_backup(file: CodeFile) -> Iterator[Finding]:
    dumps = [command for command in file.shell_commands if is_backup(command)]
    if file.role in ("test", "example") or not dumps or any(command.runs(*VERIFIERS) for command in file.shell_commands):
        return
    first = dumps[0]
    careful = any("pipefail" in command.text for command in file.shell_commands)
    hidden = "; its failure is hidden by the pipe, too" if "|" in first.text and first.through_shell and not careful else ""
    yield Finding(
        at=first.location,
        subject=f"the backup of {file.path}",
        message=f"nothing here reads this backup again, so nobody knows that it can be restored{hidden}",
        remedy=RewriteCode(
            "Read the archive through after the dump", first.location, verified(first), "sh" if first.api == "sh" else "typescript"
        ),
        confidence=Confidence.LIKELY,
    )


def is_backup(command: ShellCommand) -> bool:
    """A dump of data; one of the schema alone, or one that goes straight into psql, is something else."""
    dumped = command.runs("pg_dump", "pg_dumpall", "pg_basebackup")
    other = any(option in command.text for option in ("--schema-only", " -s ", "--version", "--help")) or command.runs("psql")
    return dumped and not other


def verified(dump: ShellCommand) -> str:
    if dump.api == "sh":
        return (
            "set -euo pipefail\n"
            'pg_dump --format=custom --file "$file"\n'
            'pg_restore --file=/dev/null "$file"   # reads every block; fails on a cut or damaged archive\n'
            'sha256sum "$file" > "$file.sha256"'
        )
    return (
        "const run = promisify(execFile);\n"
        "await run('pg_dump', ['--format=custom', '--file', path]);\n"
        "await run('pg_restore', ['--file=/dev/null', path]); // reads every block; fails on a cut or damaged archive"
    )
