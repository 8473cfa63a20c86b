"""Prisma's engines as a process that stays: a question costs a millisecond. In: schema texts. Out: mistakes by line, or DDL."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sources.prisma.oracle import oracle_folder

DRIVER = Path(__file__).with_name("oracle.mjs")


@dataclass
class Engine:
    """The process; `close` ends it."""

    process: subprocess.Popen[str]

    def ask(self, question: str, text: str) -> Any:
        """Prisma's answer. Raises RuntimeError where it has none (its parser panics on some input)."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"ask": question, "files": [["schema.prisma", text]]}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    def mistakes(self, text: str) -> list[tuple[int, str]]:
        """Line and words of each error; offsets are JavaScript's, in units of UTF-16."""
        data = text.encode("utf-16-le")
        return [
            (data[: 2 * message["start"]].decode("utf-16-le").count("\n") + 1, message["text"])
            for message in self.ask("lint", text)
            if not message["is_warning"]
        ]

    def ddl(self, text: str) -> str:
        return str(self.ask("ddl", text))

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=10)


def start() -> Engine:
    folder = oracle_folder()
    assert folder is not None
    command = ["node", str(DRIVER), str(folder)]
    return Engine(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
