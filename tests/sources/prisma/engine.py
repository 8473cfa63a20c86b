"""Prisma's engines as a process that stays: a question costs a millisecond. In: schema texts. Out: mistakes by line, or DDL."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sources.prisma.oracle import oracle_folder

Files = Sequence[tuple[str, str]]
"""Path and text of each file of a schema."""
DRIVER = Path(__file__).with_name("oracle.mjs")


@dataclass
class Engine:
    """The process; `close` ends it."""

    process: subprocess.Popen[str]

    def ask(self, question: str, files: Files) -> Any:
        """Prisma's answer. Raises RuntimeError where it has none (its parser panics on some input)."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"ask": question, "files": files}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    def mistakes(self, text: str) -> list[tuple[int, str]]:
        """Line and words of each error in one file."""
        return [(line, words) for _, line, words in self.mistakes_in([("schema.prisma", text)])]

    def mistakes_in(self, files: Files) -> list[tuple[str, int, str]]:
        """File, line and words of each error; offsets are JavaScript's, in units of UTF-16."""
        data = {path: text.encode("utf-16-le") for path, text in files}
        found = [
            (message.get("file_name") or files[0][0], message["start"], message["text"])
            for message in self.ask("lint", files)
            if not message["is_warning"]
        ]
        return [(path, data[path][: 2 * start].decode("utf-16-le").count("\n") + 1, words) for path, start, words in found]

    def ddl(self, text: str) -> str:
        return str(self.ask("ddl", [("schema.prisma", text)]))

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=10)


def start(folder: Path | None = None) -> Engine:
    """The engines of a folder; without one, of the oracle's."""
    folder = folder or oracle_folder()
    assert folder is not None
    command = ["node", str(DRIVER), str(folder)]
    return Engine(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
