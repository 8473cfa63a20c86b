"""pg_dump or psql run through a shell, with a URL or a path pasted into the command.

## Why it matters
The shell reads what is pasted. A password with `$`, `&` or `;` breaks the backup on the day it is rotated, and a
value that somebody else chose runs commands of his own. And a URL on the command line shows the password to every
process of the machine (`ps`, /proc), to monitoring agents and to the error message: Node puts the whole command into
it.

## When it is fine
The command holds only constants. Without a shell (`execFile`, `spawn`) nothing is injected; a URL among the arguments
still shows the password, which is then reported as a warning. Tests and examples are left alone.

## What to do
Call the program without a shell, and hand the connection over in the environment: libpq reads PGHOST, PGPORT, PGUSER,
PGDATABASE, and PGPASSFILE (preferred) or PGPASSWORD. Railway's PostgreSQL service offers these variables itself.
Write to a file with `--file`; the custom format is compressed already and can be verified and restored in part. A
password that a script needs as a psql variable is read there by the meta-command `getenv` (psql 15), not set by `-v`.

## Sources
- Node.js documentation, "child_process.exec" (never pass unsanitized user input), "child_process.execFile"
- PostgreSQL documentation, "libpq", sections "Environment Variables" and "The Password File"; "pg_dump", options
  --format and --file; "psql", meta-command \\getenv
"""

import re
from collections.abc import Iterator

from advisor.model import ShellCommand
from advisor.remedies import RewriteCode
from advisor.rule import Confidence, Finding, Severity, rule, shell, typescript

BAD = [
    typescript("""
        import { exec } from 'node:child_process';
        import { promisify } from 'node:util';
        const run = promisify(exec);
        export const backup = (path: string) => run(`pg_dump ${process.env.DATABASE_URL} | gzip > ${path}`);
    """),
    typescript("""
        import { execSync } from 'node:child_process';
        export const restore = (file: string) => execSync('psql ' + process.env.DATABASE_URL + ' < ' + file);
    """),
    shell("""
        #!/bin/bash
        pg_dump "$DATABASE_URL" | gzip > backup.sql.gz
    """),
    typescript("""
        import { $ } from 'zx';
        await $`pg_dump ${process.env.DATABASE_URL} --file backup.sql`; // quoted by zx, but the password shows
    """),
    shell("""
        #!/bin/bash
        psql --dbname postgres -v password="$DB_PASSWORD" --file set_password.sql
    """),
    typescript("""
        import { spawn } from 'node:child_process';
        spawn('pg_dump', [process.env.DATABASE_URL!, '--file', 'backup.sql']); // no shell, but the password shows
    """),
]
GOOD = [
    typescript("""
        import { execFile } from 'node:child_process';
        export const backup = (path: string) =>
          execFile('pg_dump', ['--format=custom', '--file', path], { env: { ...process.env, PGPASSFILE: '/run/secrets/pgpass' } });
    """),
    typescript("""
        import { execSync } from 'node:child_process';
        execSync('pg_dump --version');
    """),
    shell("""
        #!/bin/bash
        PGPASSWORD="$DB_PASSWORD" pg_dump --host "$DB_HOST" --format=custom --file "$1"
    """),
    typescript("""
        import { exec } from 'node:child_process';
        export const list = (folder: string) => exec(`ls ${folder}`); // no concern of this rule
    """),
]

PROGRAMS = ("pg_dump", "pg_dumpall", "pg_restore", "pg_basebackup", "psql")
SECRET = re.compile(r"URL|Url|\burl|_url|URI\b|Uri\b|PASSW|[Pp]assw|SECRET|[Ss]ecret|CONNECTION|[Cc]onnection|DSN|[Dd]sn")

IN_SHELL = {
    "pg_dump": 'pg_dump --format=custom --file "$file"',
    "pg_dumpall": 'pg_dumpall --file "$file"',
    "pg_restore": 'pg_restore --exit-on-error --dbname "$PGDATABASE" "$file"',
    "pg_basebackup": 'pg_basebackup --pgdata "$folder"',
    "psql": 'psql --set ON_ERROR_STOP=1 --file "$file"',
}

PSQL_VARIABLE = re.compile(r"""(?:-v\s*|--(?:set|variable)[=\s]\s*)(?P<name>\w+)=["']?\$\{?(?P<value>\w+)""")
"""A variable of psql that is set from one of the shell's."""


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def shell_interpolated_dump(command: ShellCommand) -> Iterator[Finding]:
    program = next((name for name in PROGRAMS if command.runs(name)), None)
    values = [value for value in command.interpolations if value.safety == "unknown"]
    if program is None or command.scope.role in ("test", "example"):
        return
    # A shell script expands a variable after it has parsed the line, so that the value is no code; Node pastes it before.
    pasted = values if command.through_shell and command.api != "sh" else []
    # What stands before the program in a script (`PGPASSWORD=$PASSWORD pg_dump`) goes into its environment.
    shown = command.text if command.api != "sh" else command.text.partition(program)[2]
    given = [value for value in command.interpolations if value.safety in ("unknown", "identifier")]  # quoted, it shows as well
    secrets = [value for value in given if SECRET.search(value.text) and value.text in shown]
    if not (pasted or secrets):
        return
    dangers = [f"the shell reads {' and '.join(value.text for value in pasted)} as code"] if pasted else []
    dangers += [f"{secrets[0].text} shows the password in the list of processes"] if secrets else []
    yield Finding(
        at=(pasted or secrets)[0].location,
        subject=f"{program} in {command.scope.function or command.location.path}",
        message=f"{program} with values on its command line: {', and '.join(dangers)}",
        remedy=remedy(program, command, secrets[0].text if secrets else ""),
        confidence=Confidence.CERTAIN if secrets else Confidence.LIKELY,
        severity=None if pasted else Severity.WARNING,
    )


def remedy(program: str, command: ShellCommand, secret: str) -> RewriteCode:
    variable = next((found for found in PSQL_VARIABLE.finditer(command.text) if found["value"] == secret.strip("${}")), None)
    if command.api == "sh" and program == "psql" and variable:
        name, value = variable["name"], variable["value"]
        written = f"export {value}\n# first in what psql reads, in place of -v {name}=...:\n\\getenv {name} {value}"
        return RewriteCode(f"Let psql 15 or newer take {value} from its environment", command.location, written, "sh")
    if command.api == "sh":
        written = "export PGHOST PGPORT PGUSER PGDATABASE PGPASSFILE  # or PGPASSWORD; libpq reads them\n" + IN_SHELL[program]
        return RewriteCode(f"Give {program} the connection in its environment", command.location, written, "sh")
    title = f"Run {program} without a shell, the connection in its environment"
    return RewriteCode(title, command.location, without_shell(program))


def without_shell(program: str) -> str:
    arguments = {
        "pg_dump": "['--format=custom', '--file', path]",
        "pg_dumpall": "['--file', path]",
        "pg_restore": "['--exit-on-error', '--dbname', process.env.PGDATABASE!, path]",
        "pg_basebackup": "['--pgdata', path]",
        "psql": "['--set', 'ON_ERROR_STOP=1', '--file', path]",
    }[program]
    return (
        "import { execFile } from 'node:child_process';\n"
        "import { promisify } from 'node:util';\n\n"
        "const url = new URL(process.env.DATABASE_URL!);\n"
        f"await promisify(execFile)('{program}', {arguments}, {{\n"
        "  env: {\n"
        "    ...process.env,\n"
        "    PGHOST: url.hostname,\n"
        "    PGPORT: url.port || '5432',\n"
        "    PGUSER: decodeURIComponent(url.username),\n"
        "    PGPASSWORD: decodeURIComponent(url.password), // or PGPASSFILE, the path of a password file\n"
        "    PGDATABASE: url.pathname.slice(1),\n"
        "  },\n"
        "});"
    )
