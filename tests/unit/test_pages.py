"""What reports are made of."""

from __future__ import annotations

import pytest

from recommender.pages import Term, openable


@pytest.mark.parametrize("url", ["https://a.example/b?c=1&d=2#e", "http://a.example", "HTTPS://A.example/"])
def test_addresses_of_the_web_can_be_opened(url: str):
    assert (openable(f" {url} ") or "").lower() == url.lower()


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "/a/",
        "//a.example/",
        "a.md",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,a",
        "file:///etc",
        "https:",
        "https://[",
    ],
)
def test_nothing_else_is_linked(url: str | None):
    assert openable(url) is None


def test_a_term_has_an_anchor():
    assert Term("nDCG@10", "").anchor == "help-ndcg-10"
