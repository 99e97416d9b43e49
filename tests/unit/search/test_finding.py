"""Search in a collection: titles first, then texts; written, damaged and interrupted."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from support.encoders import CountingEncoder

from recommender.article import Article
from recommender.collection import Collection
from recommender.index.local.titles import TitleIndex
from recommender.related.options import Filters
from recommender.search.finding import search


def ids(collection: Collection, query: str, **options: object) -> list[str]:
    return [found.article_id for found in search(collection, query, **options)]  # type: ignore[arg-type]


def title_files(place: Path) -> list[Path]:
    return [file for file in place.glob("snapshots/*/titles/*") if file.is_file()]


def test_titles_come_before_texts_and_the_newest_first(collection: Collection):
    assert ids(collection, "lindh") == ["boat", "undated"]
    assert ids(collection, "nineteen") == ["boat"]


def test_a_word_deep_in_a_body_is_shown_in_the_snippet(collection: Collection):
    found = search(collection, "lighthouse")[0]
    assert found.article_id == "mayor"
    assert [piece.text for piece in found.snippet if piece.matched] == ["lighthouse"]


def test_an_id_or_an_address_finds_its_article_and_marks_nothing(collection: Collection):
    for query in ("mayor", "https://p.example/mayor", "http://www.p.example/mayor/?utm_source=x"):
        results = search(collection, query)
        assert [each.article_id for each in results] == ["mayor"]
        assert not any(piece.matched for piece in [*results[0].marked_title, *results[0].snippet])


def test_filters_hold_for_titles_texts_and_ids(collection: Collection):
    dated = Filters.read({"after": "2000-01-01"})
    assert ids(collection, "lindholm", filters=dated) == ["boat"]
    assert ids(collection, "lighthouse", filters=Filters(topic=("harbour",))) == []
    assert ids(collection, "undated", filters=dated) == []


def test_what_another_process_wrote_is_found_at_the_next_search(place: Path, collection: Collection):
    assert ids(collection, "ferry") == []
    with contextlib.closing(Collection.open(place)) as other:
        other.write([Article(id="new", title="Ferry to Lindholm")], encoder=CountingEncoder())
        assert ids(collection, "ferr") == ["new"]
        other.write([Article(id="boat", title="Ships")], ["undated"], encoder=CountingEncoder())
        assert ids(collection, "lindholm") == ["new"]
        other.publish(compact=True)
        assert ids(collection, "lindholm") == ["new"]


def test_a_damaged_index_is_made_anew(place: Path):
    for file in title_files(place):
        file.write_bytes(bytes(byte ^ 255 for byte in file.read_bytes()))
    with contextlib.closing(Collection.open(place)) as opened:
        assert ids(opened, "lindh") == ["boat", "undated"]
        again = [file.read_bytes() for file in title_files(place)]
    assert again


def test_a_snapshot_without_titles_is_made_anew(place: Path):
    for file in title_files(place):
        file.unlink()
    with contextlib.closing(Collection.open(place)) as opened:
        assert ids(opened, "lindh") == ["boat", "undated"]
    assert title_files(place)


def test_an_interrupted_index_leaves_the_one_before_in_use(place: Path, monkeypatch: pytest.MonkeyPatch):
    build = TitleIndex.build

    def interrupted(folder: Path | None, titles: object, order: object) -> TitleIndex:
        if folder is not None:
            (folder / "half").write_text("written")
            raise OSError(28, "No space left on device")
        return build(folder, titles, order)  # type: ignore[arg-type]

    with contextlib.closing(Collection.open(place)) as opened:
        opened.write([Article(id="new", title="Ferry to Lindholm")], encoder=CountingEncoder())
        with monkeypatch.context() as patched:
            patched.setattr(TitleIndex, "build", interrupted)
            with contextlib.suppress(Exception):
                opened.publish(compact=True)
            assert ids(opened, "ferry") == ["new"]
        opened.publish(compact=True)
        assert ids(opened, "ferry") == ["new"]
    assert not list(place.glob("snapshots/.building-*"))
