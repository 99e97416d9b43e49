"""A site's settings in YAML, read as data."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import yaml

_TABS = re.compile(r"^\t+", re.MULTILINE)


def read_yaml(text: str) -> Any:
    """The value that YAML holds.

    Raises:
        ValueError: If it is none, with the line of the fault.
    """
    try:
        return _read(text)
    except yaml.MarkedYAMLError as error:
        raise ValueError(_explain(error)) from None
    except yaml.YAMLError as error:
        raise ValueError(str(error).splitlines()[0]) from None


def _read(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_loader())  # noqa: S506
    except yaml.YAMLError:
        if not _TABS.search(text):
            raise
    # Hexo reads a tab that a line begins with as two blanks.
    return yaml.load(_TABS.sub(lambda tabs: "  " * len(tabs[0]), text), Loader=_loader())  # noqa: S506


def _explain(error: yaml.MarkedYAMLError) -> str:
    """What is wrong with YAML, and in which line."""
    mark = error.problem_mark or error.context_mark
    said = ", ".join(part for part in (error.context, error.problem) if part)
    return f"line {mark.line + 1}: {said}" if mark else said


@lru_cache(maxsize=1)
def _loader() -> type[yaml.CSafeLoader]:
    class Loader(yaml.CSafeLoader):
        """Reads a tag that it does not know (`!ENV`, `!!python/name:...`) as nothing: no code is ever run."""

    Loader.add_multi_constructor("", lambda loader, suffix, node: None)
    return Loader
