"""The manual prints every profile's snippets."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.sites import GENERATORS, profile_class

MANUAL = (Path(__file__).parents[3] / "docs" / "sites.md").read_text(encoding="utf-8")
WITH_TEMPLATES = [name for name in GENERATORS if name not in {"everyday", "html", "markdown"}]


@pytest.mark.parametrize("generator", WITH_TEMPLATES)
def test_the_manual_prints_what_a_template_needs(generator: str):
    profile = profile_class(generator)
    assert f"\n{profile.snippet_into.strip(chr(10))}\n```" in MANUAL
    assert not profile.field_is_allowed or f"\n{profile.snippet.strip(chr(10))}\n```" in MANUAL
    assert f"--into SITE/{profile.into}`" in MANUAL
