"""The texts of the pages are the same in every language, but for the language."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

SERVICE = files("service")
TEXTS = {each.name[:-5]: json.loads(each.read_text("utf-8")) for each in (SERVICE / "texts").iterdir()}
PAGES = [
    (SERVICE / "static" / f"{page}.html").read_text("utf-8") for page in ("explorer", "overview", "review", "judge")
]


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_every_text_is_there_with_its_placeholders(language: str) -> None:
    english, texts = TEXTS["en"], TEXTS[language]
    # In the same order, so that a translator finds what belongs together.
    assert list(texts) == list(english)
    for key, text in texts.items():
        assert text.strip(), key
        assert set(re.findall(r"{{\w+}}", text)) == set(re.findall(r"{{\w+}}", english[key])), key


def test_a_plural_has_both_forms() -> None:
    stems = {key.rpartition("_")[0] for key in TEXTS["en"] if key.endswith(("_one", "_other"))}
    assert {stem + end for stem in stems for end in ("_one", "_other")} <= set(TEXTS["en"])


def test_every_language_can_be_chosen_on_every_page() -> None:
    start = (SERVICE / "static" / "start.js").read_text("utf-8")
    assert set(re.findall(r'(\w+): "\./texts_\1\.js"', start)) == set(TEXTS)
    for page in PAGES:
        assert set(re.findall(r'href="\?lang=(\w+)" lang="\1" hreflang="\1"', page)) == set(TEXTS)


def test_what_pages_name_are_texts() -> None:
    named = re.findall(r'data-(?:words|aria-label|aria-roledescription|placeholder)="([^"]+)"', "".join(PAGES))
    assert set(named) <= set(TEXTS["en"])
