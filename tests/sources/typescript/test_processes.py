"""Child processes: the command line, whether a shell reads it, what is pasted into it. And removed APIs."""

from __future__ import annotations

import pytest

from tests.sources.typescript.reading import CLIENT, read, shell

EXEC = "import { exec, execSync, spawn, execFile } from 'child_process';\n"


@pytest.mark.parametrize(
    ("text", "api", "command", "through_shell"),
    [
        (EXEC + "exec(`pg_dump ${url} > x`);", "exec", "pg_dump ${url} > x", True),
        (EXEC + "execSync('pg_dump ' + url);", "execSync", "pg_dump ${url}", True),
        (EXEC + "const run = promisify(exec); await run(`pg_dump ${url}`);", "exec", "pg_dump ${url}", True),
        (EXEC + "const run = util.promisify(exec); await run(`pg_dump ${url}`);", "exec", "pg_dump ${url}", True),
        ("import * as cp from 'node:child_process'; cp.exec(`pg_dump ${url}`);", "exec", "pg_dump ${url}", True),
        ("const { exec: run } = require('child_process'); run(`pg_dump ${url}`);", "exec", "pg_dump ${url}", True),
        (EXEC + "spawn('pg_dump', ['-d', url]);", "spawn", "pg_dump -d ${url}", False),
        (EXEC + "const args = ['-d', url]; spawn('pg_dump', args);", "spawn", "pg_dump -d ${url}", False),
        (EXEC + "spawn('pg_dump', ['-d', url], { shell: true });", "spawn", "pg_dump -d ${url}", True),
        (EXEC + "spawn('sh', ['-c', `pg_dump ${url}`]);", "spawn", "sh -c pg_dump ${url}", True),
        (EXEC + "execFile('pg_dump', [url]);", "execFile", "pg_dump ${url}", False),
        ("import { execa } from 'execa'; await execa('pg_dump', [url]);", "execa", "pg_dump ${url}", False),
        ("import { $ } from 'zx'; await $`pg_dump ${url}`;", "$", "pg_dump ${url}", True),
        ("import { $ } from 'execa'; await $`pg_dump ${url}`;", "$", "pg_dump ${url}", False),
    ],
)
def test_a_command_line_is_read(text: str, api: str, command: str, through_shell: bool) -> None:
    found = shell(text)
    assert (found.api, found.text, found.through_shell) == (api, command, through_shell)
    assert [one.text for one in found.interpolations] == ["url"]


def test_the_environment_is_not_trusted_in_a_shell() -> None:
    found = shell(EXEC + "exec(`pg_dump ${process.env.DATABASE_URL}`);")
    assert [(one.text, one.safety) for one in found.interpolations] == [("process.env.DATABASE_URL", "unknown")]


def test_zx_quotes_what_it_pastes() -> None:
    assert shell("import { $ } from 'zx'; await $`pg_dump ${url}`;").interpolations[0].safety == "identifier"


@pytest.mark.parametrize("text", ["/a/.exec('b');", "exec('ls');", "import { exec } from './local'; exec('ls');", "query.exec();"])
def test_other_functions_of_that_name_start_nothing(text: str) -> None:
    assert read(text).file.shell_commands == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("prisma.$use(async (params, next) => next(params));", "$use"),
        ("prisma.$on('beforeExit', () => {});", "$on('beforeExit')"),
        ("const text = await prisma.$metrics.prometheus();", "$metrics"),
        ("prisma.user.findUnique({ where: { id }, rejectOnNotFound: true });", "rejectOnNotFound"),
    ],
)
def test_an_api_that_was_removed_is_noted(text: str, name: str) -> None:
    (found,) = read(CLIENT + text).file.api_uses
    assert (found.library, found.name, found.location.line) == ("@prisma/client", name, 3)


def test_an_option_of_the_client_is_noted() -> None:
    (found,) = read("import { PrismaClient } from '@prisma/client'; new PrismaClient({ rejectOnNotFound: true });").file.api_uses
    assert found.name == "rejectOnNotFound"


@pytest.mark.parametrize(
    "text",
    [
        "new Vue().$on('beforeExit', stop);",
        "$scope.$on('beforeExit', stop);",
        "prisma.$on('query', log);",
        "app.use(express.json());",
        "response.json();",
    ],
)
def test_apis_that_stay_are_not_noted(text: str) -> None:
    assert read(CLIENT + text).file.api_uses == ()
