"""Fingerprints: what makes a finding the same one after lines have moved. For baselines and SARIF."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from advisor.finding import Finding
from advisor.masking import masked
from advisor.model import SourceText

LENGTH = 16


def with_fingerprints(findings: Iterable[Finding], texts: Mapping[str, SourceText]) -> list[Finding]:
    """Findings with their fingerprints: a digest of rule, file, subject and the text of the line, blanks aside.

    Equal ones (the same line twice in a file) are told apart by their order.
    """
    seen: Counter[str] = Counter()
    result = []
    for finding in findings:
        source = texts.get(finding.at.path)
        line = masked("".join(source.line(finding.at.line).split())) if source else ""
        anchor = "\0".join([finding.rule, finding.at.path, finding.subject, line])
        seen[anchor] += 1
        digest = hashlib.sha256(f"{anchor}\0{seen[anchor]}".encode(errors="surrogatepass")).hexdigest()
        result.append(replace(finding, fingerprint=digest[:LENGTH]))
    return result
