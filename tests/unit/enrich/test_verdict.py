"""The verdict on a run."""

from __future__ import annotations

import pytest

from recommender.enrich.coverage import Coverage
from recommender.enrich.listing import Listing, Outcome, PlannedPage
from recommender.enrich.verdict import verdict_of_coverage
from recommender.errors import InputError
from recommender.related.telling import empty_because

FILLED = PlannedPage("p", Outcome.FILLED, "p", Listing("key", ("b",), (0.99,), (None,)))


def empty(because: str) -> PlannedPage:
    return PlannedPage("q", Outcome.EMPTY, "q", Listing("key", (), (), (), 0, because))


def covered(*pages: PlannedPage, articles: int = 1) -> Coverage:
    coverage = Coverage(articles=articles)
    for page in pages:
        coverage.add(page)
    return coverage


@pytest.mark.parametrize(
    ("pages", "sentence"),
    [
        ((), "No file was looked at, so there is nothing to say about lists."),
        ((FILLED,), "The file has a list of related articles."),
        ((FILLED, FILLED), "Every one of 2 files has a list of related articles."),
        (
            (FILLED, empty("nothing is related enough")),
            "1 of 2 files (50.0%) has a list of related articles; 1 has none, because nothing is related enough.",
        ),
        (
            (
                empty("nothing is related enough"),
                empty("nothing is related enough"),
                empty("there is no other article"),
            ),
            "0 of 3 files (0.0%) have a list of related articles; 3 have none, 2 because nothing is related enough; "
            "1 because there is no other article.",
        ),
        ((PlannedPage("k", Outcome.KEPT, block_hash="hash"),), "No list was made for the file."),
    ],
)
def test_the_sentence_says_how_many_have_a_list(pages: tuple[PlannedPage, ...], sentence: str):
    assert verdict_of_coverage(covered(*pages)).sentence == sentence


def test_the_notes_say_what_to_do():
    pages = (
        FILLED,
        empty("nothing is related enough"),
        PlannedPage("k", Outcome.KEPT, block_hash="hash"),
        PlannedPage("n", Outcome.NO_FIELD),
        PlannedPage("f", Outcome.FAILED, problem=InputError("it is broken"), is_stale=True),
    )
    coverage = covered(*pages, articles=3)
    coverage.without_address = 2
    notes = verdict_of_coverage(coverage).notes
    said = ("ranking.always", "2 of 3 articles are in none", "--overwrite", "--into", "[site] url", "related build")
    for part, note in zip((*said, "Not done: 1"), notes, strict=True):
        assert part in note


def test_every_reason_for_an_empty_list_has_advice():
    import numpy as np

    from recommender.ranking.selection import Fate

    fates = ([Fate.UNDER_MINIMUM], [Fate.RULED_OUT], [Fate.COPY_OF_ASKED], [])
    for reason in (empty_because(np.array(each, dtype=np.int8)) for each in fates):
        assert verdict_of_coverage(covered(empty(reason))).notes, reason
