"""Tells code that is worth reading, such as the name of a command, from code that is not."""

from __future__ import annotations

import re

MAX_TELLING_CHARS = 40

# A statement, a call with arguments, a template: an end of a statement, an assignment, an arrow, a keyword first.
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
    """What code within a sentence adds to what the sentence says.

    Returns:
        All of it where it is short and no statement, as `git rebase`; of a call with arguments the name; else nothing.
    """
    if len(code) <= MAX_TELLING_CHARS and _STATEMENT.search(code) is None:
        return code
    call = _CALL.fullmatch(code)
    return call[1] if call and len(call[1]) <= MAX_TELLING_CHARS else ""
