"""The sample site: part of an installation, and of the repository."""

from __future__ import annotations

from pathlib import Path

STORY = "_news/2021-04-16-aclu-suit-seeks-the-release-of-clearview-ai-face-biometrics-data-by-ice-and-cbp"
"""The article to begin with."""
_PACKAGE = Path(__file__).parent
_INSTALLED, _IN_REPOSITORY = _PACKAGE / "sample_site", _PACKAGE.parent / "data" / "site"


def sample_site() -> Path:
    """Return the folder of the sample site; do not write to it."""
    return _INSTALLED if _INSTALLED.is_dir() else _IN_REPOSITORY
