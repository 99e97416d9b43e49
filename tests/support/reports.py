"""Reports: one of a tuning, and the check that a page loads and runs nothing."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np

from recommender.evaluation.significance import Comparison
from recommender.evaluation.splitting import By, Split
from recommender.evaluation.tuning import Reliability, Tuning
from support.tuning import scorer_file

_LOADING = {"src", "srcset", "href", "xlink:href", "data", "action", "style"}


def tuned(**changed: object) -> Tuning:
    """Return the result of a tuning that won."""
    fields: dict[str, object] = {
        "split": Split(By.article, np.zeros(1, np.int8), np.zeros(1, np.int8)),
        "queries": (70, 30),
        "left_out": {"judgements of articles that are not stored": 2},
        "means": {"learned": (0.7, 0.6, 0.8), "default": (0.5, 0.4, 0.6)},
        "gain": Comparison(0.2, 0.1, 0.3, 0.0001),
        "reliability": Reliability(((0.1, 0.2, 30), (0.8, 0.7, 30)), 0.1, 0.4, 0.02, 0.15, 0.24),
        "importances": {"cosine": 0.6, "days_apart": 0.4},
        "rounds": 20,
        "file": scorer_file(),
        "verdict": "it wins over the default scorer: nDCG@10 +0.2000 [+0.1000, +0.3000]",
    }
    return Tuning(**{**fields, **changed})  # type: ignore[arg-type]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[dict[str, str | None]] = []
        self.others: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "a":
            self.links.append(dict(attrs))
        found = (name for name, _ in attrs if name in _LOADING - ({"href"} if tag == "a" else set()))
        self.others += [(tag, name) for name in (*found, *(name for name, _ in attrs if name.startswith("on")))]


def web_links(html: str) -> list[str]:
    """Return the addresses that a page links to outside itself."""
    found = _Links()
    found.feed(html)
    return [str(link["href"]) for link in found.links if not str(link["href"]).startswith("#")]


def assert_self_contained(html: str) -> None:
    """Check that a page loads and runs nothing, and links only to itself or to the web."""
    found = _Links()
    found.feed(html)
    assert not found.tags & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert found.others == []
    for link in found.links:
        href = str(link["href"])
        if href.startswith("#"):
            assert f'id="{href[1:]}"' in html
        else:
            assert href.startswith(("https://", "http://"))
            assert link["rel"] == "noopener noreferrer"
    assert "url(" not in html
    assert "@import" not in html
    assert "default-src 'none'; style-src 'unsafe-inline'" in html
