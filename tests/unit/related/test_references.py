"""What people call an article."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from recommender.collection import Collection
from recommender.errors import NotFoundError
from recommender.related.references import find_reference

ROWS = [("_posts/2021-04-16-tides", "x.example/web/tides"), ("notes/tides-b", "x.example/notes/b.html"), ("c", "")]


def collection() -> Collection:
    def resolve(reference: str) -> str:
        raise NotFoundError(f"there is no article {reference}")

    stub: Any = SimpleNamespace(resolve=resolve, store=SimpleNamespace(named_articles=lambda: iter(ROWS)))
    return cast("Collection", stub)


def test_an_article_is_found_by_the_path_of_its_address_its_file_or_its_slug() -> None:
    for reference, article_id in [
        ("tides", "_posts/2021-04-16-tides"),
        ("/web/tides/", "_posts/2021-04-16-tides"),
        ("web/tides.html", "_posts/2021-04-16-tides"),
        ("site/_posts/2021-04-16-tides.md", "_posts/2021-04-16-tides"),
        ("/notes/b", "notes/tides-b"),
        ("b", "notes/tides-b"),
    ]:
        assert find_reference(collection(), reference) == article_id, reference


def test_a_miss_names_the_nearest() -> None:
    with pytest.raises(NotFoundError) as caught:
        find_reference(collection(), "/web/tidse")
    assert caught.value.hint == "did you mean _posts/2021-04-16-tides or notes/tides-b?"
