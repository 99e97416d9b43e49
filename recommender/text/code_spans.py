"""Tell code spans that read as words, such as the name of a command, from those that do not."""

from __future__ import annotations

import re

MAX_TELLING_CHARS = 40

# A statement, a call with arguments, or a template.
_STATEMENT = re.compile(
    r"""
    ;\s*$ | ;\s*\S+\s*[=(] | \{\{ | \{% | \{< | \$\$ | => | \$\{ | \$\(
    | \s (?: [-+*/|&!=<>]?=+ | && | \|\| ) \s
    | [\w\])] \s* = \s* ["'\[{(]
    | \w \( [^)]* ["'\w] [^)]* [),]
    | ^\s* (?: var | let | const | function | return | import | export | def | public | private | static | void | if
        | for | while | elif | else ) \s+ [\w${(\[*"']
    | ^\s* </?[a-z][\w-]* \s+ [\w:-]+ =
    | \n .* \n
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CALL = re.compile(r"\s*([A-Za-z_][\w.:-]*)\([^;{}]*\)\s*")


def telling_part(code: str) -> str:
    """Return the part of a code span that reads as a word of its sentence.

    Returns:
        All of it if it is short and not a statement, such as `git rebase`; the name of a call with arguments; else "".
    """
    if len(code) <= MAX_TELLING_CHARS and _STATEMENT.search(code) is None:
        return code
    call = _CALL.fullmatch(code)
    return call[1] if call and len(call[1]) <= MAX_TELLING_CHARS else ""
