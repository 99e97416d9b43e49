"""What a site shows as related today, read from the article's own file."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from support.encoders import CountingEncoder
from support.enriching import Filling, article

from recommender.article import Article
from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.errors import NotFoundError
from recommender.related.published import Published, PublishedItem, published

BEES = PublishedItem("b", "Bees", "https://news.example/b")


def ask(filling: Filling, article_id: str = "a") -> Published:
    with closing(Collection.open(filling.collection)) as collection:
        return published(collection, article_id)


def items(filling: Filling) -> list[PublishedItem]:
    found = ask(filling).items
    assert found is not None
    return found


@pytest.fixture
def filling(tmp_path: Path) -> Filling:
    made = Filling(tmp_path / "site", tmp_path / "collection")
    for name, title in (("a", "Ants"), ("b", "Bees")):
        made.write(f"{name}.md", article(title, webUrl=f"https://news.example/{name}"))
    made.build()
    return made


def test_entries_are_resolved_by_their_address_or_id(filling: Filling):
    assert items(filling) == []
    block = (
        'related:\n  - title: "Old title"\n    webUrl: "https://news.example/b"\n  - b\n'
        '  - title: "Elsewhere"\n    webUrl: "https://other.example/x"\n  - title: "Only a title"\n  - 7\n'
    )
    filling.write("a.md", article("Ants", webUrl="https://news.example/a").replace("---\n", f"---\n{block}", 1))
    # It is the file as it is now that counts: nothing was built since.
    assert items(filling) == [
        BEES,
        BEES,
        PublishedItem(None, "Elsewhere", "https://other.example/x"),
        PublishedItem(None, "Only a title", None),
    ]


def test_what_enrich_wrote_is_read(filling: Filling):
    filling.fill({"a": ["b"]})
    assert items(filling) == [BEES]


def test_a_line_of_a_file_is_found_by_its_id(tmp_path: Path):
    source = tmp_path / "articles.jsonl"
    lines = [{"id": "ä/1", "title": "Ants", "related": [{"webUrl": "https://news.example/b"}]},
             {"id": "b", "title": "Bees", "webUrl": "https://news.example/b", "text": "ä/1"}]  # fmt: skip
    source.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    build([source], tmp_path / "collection", settings=Settings(), encoder=CountingEncoder())
    with closing(Collection.open(tmp_path / "collection")) as collection:
        assert published(collection, "ä/1") == Published([BEES])
        assert published(collection, "b") == Published([])
        source.write_text("", encoding="utf-8")
        assert "no line of this one" in published(collection, "b").why


def test_where_it_is_not_known_it_says_why(filling: Filling):
    (filling.site / "a.md").unlink()
    assert ask(filling) == Published(None, "the article's file is not on this machine")
    filling.write("a.md", "Only text.\n")
    assert "no front matter" in ask(filling).why
    filling.write("a.md", "---\ntitle: [\n---\n")
    assert ask(filling).why.startswith("the related field cannot be read: ")
    with closing(Collection.open(filling.collection)) as collection:
        collection.write([Article(id="api", title="Ants")], encoder=CountingEncoder())
        assert "was written to the collection" in published(collection, "api").why
        with pytest.raises(NotFoundError, match="no article none"):
            published(collection, "none")
