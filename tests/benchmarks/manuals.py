"""Documents without dates, with judgements: manual pages, each related to those that its SEE ALSO names.

apt-get download manpages manpages-dev && for package in *.deb; do dpkg-deb -x $package pages; done
python tests/benchmarks/manuals.py pages/usr/share/man DIR/manuals
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path

BODY_CHARS = 4000
_SECTION = re.compile(r"\.SH\s+\"?([^\"]+)")
_FONT = re.compile(r"\.(B|I|BR|IR|RB|RI|BI|IB|SM)\s+(.*)")
_ARGUMENT = re.compile(r'"([^"]*)"|(\S+)')
_REFERENCE = re.compile(r"([\w.+-]+)\s*\(\s*(\d\w*)\s*\)")
_ALIAS = re.compile(r"^\.so (?:man\w+/)?(\S+)", re.M)
_ESCAPES = (
    (re.compile(r"\\f(?:\[\w*\]|\(..|.)"), ""),
    (re.compile(r"\\(?:\(en|\\\(em|\(hy|-)"), "-"),
    (re.compile(r"\\\(aq"), "'"),
    (re.compile(r"\\(?:\(..|[&|^/,% ]|\*\[?\w+\]?)"), ""),
    (re.compile(r"\\e"), r"\\"),
)


def sections(text: str) -> dict[str, str]:
    """The text of each section of a page, without its markup."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if match := _SECTION.match(line):
            lines = found.setdefault(match[1].strip().upper(), [])
        elif match := _FONT.match(line):
            words = [quoted or plain for quoted, plain in _ARGUMENT.findall(match[2])]
            lines.append((" " if len(match[1]) == 1 else "").join(words))
        elif not line.startswith((".", "'")):
            lines.append(line)
    return {name: _plain(" ".join(part)) for name, part in found.items()}


def _plain(text: str) -> str:
    for pattern, plain in _ESCAPES:
        text = pattern.sub(plain, text)
    return text.strip()


def main(source: Path, target: Path) -> None:
    pages: dict[str, dict[str, str]] = {}
    alias: dict[str, str] = {}
    for file in sorted(source.glob("man*/*.gz")):
        name = file.name.removesuffix(".gz")
        with gzip.open(file, "rt", encoding="utf-8", errors="replace") as stream:
            text = stream.read()
        elsewhere = _ALIAS.search(text)
        if file.is_symlink() or elsewhere:
            alias[name] = elsewhere[1] if elsewhere else file.resolve().name.removesuffix(".gz")
        elif "NAME" in (found := sections(text)):
            pages[name] = found
    target.mkdir(parents=True, exist_ok=True)
    with (target / "articles.jsonl").open("w", encoding="utf-8") as articles:
        for name, page in pages.items():
            body = re.sub(r"[*_#<>`]", " ", page.get("DESCRIPTION", ""))[:BODY_CHARS]
            articles.write(json.dumps({"id": name, "title": page["NAME"][:300], "body": body}) + "\n")
    with (target / "qrels.txt").open("w", encoding="utf-8") as qrels:
        for name, page in pages.items():
            named = {f"{word}.{number}" for word, number in _REFERENCE.findall(page.get("SEE ALSO", ""))}
            related = {alias.get(other, other) for other in named} & (pages.keys() - {name})
            if 2 <= len(related) <= 20:
                qrels.writelines(f"{name} 0 {other} 1\n" for other in sorted(related))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
