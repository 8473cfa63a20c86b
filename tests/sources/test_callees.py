"""Calls that leave the process while a transaction is open, found through functions of other files."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.model import OutsideCall
from advisor.sources.outside import kind_of_package, stays_at_home
from advisor.sources.read import read_project

IN_TRANSACTION = """import { PrismaClient } from '@prisma/client';
%s
const prisma = new PrismaClient();
export const run = (id: number) => prisma.$transaction(async (tx) => {
  await tx.order.update({ where: { id }, data: { state: 'done' } });
  %s
});
"""


def outside(folder: Path, files: dict[str, str]) -> list[OutsideCall]:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return [call for file in read_project([str(folder)]).project.code for call in file.outside_calls]


def in_transaction(folder: Path, imports: str, call: str, **others: str) -> list[tuple[str, str]]:
    """What is called in a transaction, and what leaves the process behind it; `others` are files, by name."""
    files = {f"src/{name}.ts": text for name, text in others.items()}
    found = outside(folder, {"src/app.ts": IN_TRANSACTION % (imports, call), **files})
    return [(one.name, one.outside) for one in found]


@pytest.mark.parametrize(
    ("imports", "call", "what"),
    [
        ("", "await fetch(url);", "fetch"),
        ("import axios from 'axios';", "const { data } = await axios.get(url);", "axios.get"),
        ("import axios from 'axios'; const api = axios.create({ baseURL });", "await api.post('/x', body);", "api.post"),
        ("import got from 'got';", "await got(url).json();", "got"),
        (
            "import { Resend } from 'resend'; const resend = new Resend(key);",
            "await resend.emails.send(mail);",
            "resend.emails.send",
        ),
        ("import * as fs from 'node:fs/promises';", "await fs.writeFile(path, data);", "fs.writeFile"),
        ("import { readFileSync } from 'fs';", "const text = readFileSync(path);", "readFileSync"),
        ("import { S3Client } from '@aws-sdk/client-s3'; const s3 = new S3Client({});", "await s3.send(command);", "s3.send"),
        ("import { execa } from 'execa';", "await execa('convert', [from, to]);", "execa"),
    ],
)
def test_a_call_of_a_package_that_leaves_the_process(tmp_path: Path, imports: str, call: str, what: str) -> None:
    assert in_transaction(tmp_path, imports, call) == [(what, what)]


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        ("", "void fetch(url);"),
        ("", "const answer = fetch; await tx.order.count();"),
        ("import { fetch } from './cache';", "await fetch(id);"),
        ("import axios from 'axios';", "const api = axios.create({ baseURL });"),
        ("import { existsSync } from 'node:fs';", "if (existsSync(path)) await tx.order.count();"),
        ("import { Redis } from 'ioredis'; const redis = new Redis();", "await redis.del(key);"),
        ("import { send } from './mails';", "send(id);"),
    ],
)
def test_what_nobody_waits_for_and_what_stays_at_home_are_none(tmp_path: Path, imports: str, call: str) -> None:
    files = {"mails": "export const send = async () => { await fetch(url); };", "cache": "export const fetch = async () => 1;"}
    assert in_transaction(tmp_path, imports, call, **files) == []


def test_functions_of_files_that_access_no_data_are_followed(tmp_path: Path) -> None:
    files = {
        "index": "export * from './mails';",
        "mails": "import { post } from './http';\nexport async function send(id: number) { return post(`/mails/${id}`); }",
        "http": "export const post = (path: string) => fetch(path, { method: 'POST' });",
    }
    assert in_transaction(tmp_path, "import { send } from './index';", "await send(id);", **files) == [("send", "fetch")]


def test_only_the_first_call_of_a_transaction_is_told(tmp_path: Path) -> None:
    assert in_transaction(tmp_path, "", "await fetch(one); await fetch(two);") == [("fetch", "fetch")]


def test_the_place_behind_is_told(tmp_path: Path) -> None:
    text = "export async function send() {\n  await fetch('https://mail.example.com');\n}"
    (found,) = outside(
        tmp_path, {"src/app.ts": IN_TRANSACTION % ("import { send } from './mails';", "await send();"), "src/mails.ts": text}
    )
    assert (Path(found.at.path).name, found.at.line) == ("mails.ts", 2)
    assert (found.location.line, found.transaction.line, found.kind, found.package) == (6, 4, "request", "global")


def test_functions_that_call_each_other_end(tmp_path: Path) -> None:
    files = {
        "one": "import { two } from './two';\nexport async function one(n: number) { if (n) await two(n - 1); }",
        "two": "import { one } from './one';\nexport async function two(n: number) { await one(n); await fetch(url); }",
    }
    assert in_transaction(tmp_path, "import { one } from './one';", "await one(3);", **files) == [("one", "fetch")]


def test_packages_and_what_of_them_stays_at_home() -> None:
    assert (kind_of_package("stripe"), kind_of_package("lodash")) == ("payment", None)
    assert stays_at_home(("webhooks", "constructEvent"))
    assert stays_at_home(("create",))
    assert not stays_at_home(("customers", "create"))
    assert not stays_at_home(("get",))
