"""What an answer holds, and how it is written as JSON."""

from __future__ import annotations

import json
import math

import pytest

from recommender.article import Article
from recommender.entry import related_entry
from recommender.related.answer import Considered, Named, RelatedArticles, RelatedItem

ASKED = Article.read({"id": "q", "title": "Asked", "webUrl": "https://site.example/q", "excerpt": "Not told."})
SHOWN = Article.read(
    {
        "id": "a",
        "title": "Shown",
        "excerpt": "The deal.",
        "publishedDateTime": "2021-04-16T20:54:00Z",
        "webUrl": "https://site.example/a",
        "provider": {"name": "Reuters", "domain": "reuters.com"},
        "quality": 35,
        "topics": ["AI"],
        "body": "The text.",
        "relatedRules": {"pinned": ["b"]},
        "secured": "4ZGfoqRB==",
    }
)


def item(article: Article = SHOWN, **fields: object) -> RelatedItem:
    values: dict[str, object] = {
        "score": 0.99912345678,
        "reasons": ["Clearview AI", "same week"],
        "parts": {"cosine": 0.75, "title": 0.25},
        "features": {"cosine": 0.75, "days_apart": math.nan},
        **fields,
    }
    return RelatedItem(article, **values)  # type: ignore[arg-type]


def answer(*items: RelatedItem, **fields: object) -> RelatedArticles:
    return RelatedArticles(ASKED, list(items), revision=7, scorer="default", **fields)  # type: ignore[arg-type]


# Items.


def test_an_item_is_the_entry_with_id_score_reasons_and_duplicates_after_it():
    written = item().to_json()
    assert list(written) == [*related_entry(SHOWN), "id", "score", "reasons", "duplicates"]
    assert {name: written[name] for name in related_entry(SHOWN)} == related_entry(SHOWN)
    assert written["id"] == "a"
    assert written["reasons"] == ["Clearview AI", "same week"]
    assert written["duplicates"] == []


def test_a_score_is_written_with_six_places():
    assert item().to_json()["score"] == 0.999123


def test_an_item_tells_its_duplicates_by_id_title_and_address():
    copies = [Named("c", "A copy", "https://site.example/c"), Named("d", "Another")]
    assert item(duplicates=copies).to_json()["duplicates"] == [
        {"id": "c", "title": "A copy", "webUrl": "https://site.example/c"},
        {"id": "d", "title": "Another"},
    ]


def test_an_item_has_the_id_of_its_article():
    assert item().article_id == "a"
    assert item(Article(title="No id")).article_id == ""


def test_nobody_pinned_an_item_unless_it_is_said():
    assert not item().pinned
    assert item(pinned=True).pinned


# Copies.


def test_a_copy_is_told_by_its_articles_id_title_and_address():
    assert Named.of(SHOWN) == Named("a", "Shown", "https://site.example/a")


def test_a_copy_without_an_address_is_told_without():
    assert Named.of(Article(id="a", title="T")).to_json() == {"id": "a", "title": "T"}


# Candidates.


def test_a_candidate_is_written_whole_with_six_places():
    candidate = Considered("a", "Shown", 0.99912345678, {"cosine": 0.123456789, "hubs": -0.5}, "under the minimum of 1")
    assert candidate.to_json() == {
        "id": "a",
        "title": "Shown",
        "score": 0.999123,
        "parts": {"cosine": 0.123457, "hubs": -0.5},
        "fate": "under the minimum of 1",
    }


# Answers.


def test_an_answer_is_a_sequence_of_its_items():
    first, second = item(), item(Article(id="b", title="Second"))
    found = answer(first, second)
    assert len(found) == 2
    assert list(found) == [first, second]
    assert (found[0], found[-1], found[:1]) == (first, second, [first])
    assert second in found


def test_an_answer_without_items_is_empty():
    assert not answer()
    assert list(answer()) == []


def test_an_answer_is_written_with_the_article_asked_about_and_what_is_shown():
    copies = [Named("c", "A copy")]
    assert answer(item(), duplicates=copies).to_json() == {
        "article": {"id": "q", "title": "Asked", "webUrl": "https://site.example/q"},
        "related": [item().to_json()],
        "duplicates": [{"id": "c", "title": "A copy"}],
        "revision": 7,
        "scorer": "default",
    }


def test_an_article_asked_about_that_is_not_stored_is_written_by_its_title():
    found = RelatedArticles(Article(title="Asked"), [], revision=1, scorer="dense")
    assert found.to_json()["article"] == {"title": "Asked"}


def test_notes_are_written_where_there_are_any():
    assert "notes" not in answer().to_json()
    assert answer(notes=["the pinned article b is not in the collection"]).to_json()["notes"] == [
        "the pinned article b is not in the collection"
    ]


@pytest.mark.parametrize("candidates", [[], [Considered("a", "Shown", 0.5, {}, "shown")]])
def test_candidates_are_written_where_an_explanation_was_asked_for(candidates: list[Considered]):
    assert "considered" not in answer().to_json()
    written = answer(considered=candidates).to_json()
    assert written["considered"] == [candidate.to_json() for candidate in candidates]


def test_an_answer_is_json_that_every_reader_takes():
    # An unknown feature is no number, which JSON does not have.
    found = answer(item(duplicates=[Named("c", "A copy")]), notes=["a note"], considered=[])
    assert json.loads(json.dumps(found.to_json(), allow_nan=False)) == found.to_json()


def test_an_answer_shows_neither_what_is_secured_nor_an_editors_rules():
    written = json.dumps(answer(item(), duplicates=[Named.of(SHOWN)]).to_json())
    assert "4ZGfoqRB" not in written
    assert "relatedRules" not in written


def test_two_answers_share_no_lists():
    first, second = answer(item()), answer(item())
    first.notes.append("a note")
    first[0].duplicates.append(Named("c", "A copy"))
    assert second.notes == []
    assert second[0].duplicates == []
