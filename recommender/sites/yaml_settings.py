"""Read YAML settings of a site as data."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import yaml

_TABS = re.compile(r"^\t+", re.MULTILINE)


def read_yaml(text: str) -> Any:
    """Parse YAML.

    Raises:
        ValueError: If it is not YAML, with the line of the error.
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
    # Hexo reads a leading tab as two spaces.
    return yaml.load(_TABS.sub(lambda tabs: "  " * len(tabs[0]), text), Loader=_loader())  # noqa: S506


def _explain(error: yaml.MarkedYAMLError) -> str:
    """Return a one-line message with the line of the error."""
    mark = error.problem_mark or error.context_mark
    message = ", ".join(part for part in (error.context, error.problem) if part)
    return f"line {mark.line + 1}: {message}" if mark else message


@lru_cache(maxsize=1)
def _loader() -> type[yaml.CSafeLoader]:
    class Loader(yaml.CSafeLoader):
        """Reads unknown tags (`!ENV`, `!!python/name:...`) as None, and so never runs code."""

    Loader.add_multi_constructor("", lambda loader, suffix, node: None)
    return Loader
