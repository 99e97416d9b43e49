"""Which articles of a view are copies of one another, over all of its parts."""

from __future__ import annotations

import pytest
from support.growing import VECTORS, grown, view_of
from support.stories import HARBOUR, prose, told, words

QUAY = "Northern quay closed for repairs"
DIVERS = "Divers mend the old piles"
NEVER, ALWAYS = 0, 1000
"""How readily parts are merged."""


def record(title, text, outlet, vector=0, **fields):
    return {"title": title, "excerpt": text, "provider": outlet, "vector": vector, **fields}


TOLD = {
    "a": record(QUAY, HARBOUR, "post.example"),
    "b": record("Heron stamp sells for a record", prose(30), "post.example"),
    "c": record(DIVERS, HARBOUR, "wire.example"),
    "d": record("Ferries leave from the market", words(HARBOUR, 10), "herald.example"),
    "e": record("Bridge carries carts again", prose(30, 1), "post.example"),
    "f": record("Carts return to Saint Orval", prose(30, 1), "wire.example"),
}
OLD = record("Something else before", prose(30, 2), "wire.example")


def only(names, **changed):
    return {name: TOLD[name] for name in names} | changed


@pytest.fixture(params=["one part", "two parts", "four parts", "hidden rows", "merged parts"])
def view(request):
    """The same articles in one part or several, where rows of earlier parts may be hidden."""
    first, steps = {
        "one part": (TOLD, []),
        "two parts": (only("abe"), [(only("cdf"), [], NEVER)]),
        "four parts": (only("fd"), [(only("ab"), [], NEVER), (only("c"), [], NEVER), (only("e"), [], NEVER)]),
        "hidden rows": (
            only("bef", a=OLD, c=TOLD["e"], z=TOLD["a"]),
            [(only("d", a=TOLD["f"], y=TOLD["c"]), [], NEVER), (only("ac"), ["y", "z"], NEVER)],
        ),
        "merged parts": (
            only("bf", z=TOLD["a"]),
            [(only("ac", d=OLD), [], ALWAYS), (only("d", c=TOLD["e"]), ["z"], ALWAYS), (only("ce"), [], ALWAYS)],
        ),
    }[request.param]
    made, live = grown(first, steps)
    assert live == TOLD
    assert len(made._parts) == (2 if request.param == "merged parts" else max(1, len(steps) + 1))
    return made


def names(found):
    assert list(found) == sorted(set(found))
    return set(found)


def labels(view, wanted):
    """What tells the groups of some articles apart, in the order asked for."""
    pool = view.gather(None, wanted)
    return [int(pool.copy_groups[pool.place_of(name)]) for name in wanted]


def test_copies_have_one_label_and_others_another(view):
    a, b, c, d, e, f = labels(view, "abcdef")
    assert a == c == d
    assert e == f
    assert len({a, b, e}) == 3


def test_labels_are_the_same_whatever_else_is_gathered(view):
    assert labels(view, "fcbafb") == [labels(view, [name])[0] for name in "fcbafb"]
    assert labels(view, "") == []


def test_an_articles_copies_do_not_include_it(view):
    assert names(view.copies(view.profile("a"))) == {"c", "d"}
    assert names(view.copies(view.profile("f"))) == {"e"}


def test_an_article_that_is_told_once_has_no_copies(view):
    assert list(view.copies(view.profile("b"))) == []


def test_a_draft_has_the_copies_that_it_would_have_if_it_were_stored(view):
    draft = view.profile(told("A quay of our own", words(HARBOUR, 0, 25), "coast.example"), VECTORS[7])
    assert names(view.copies(draft)) == {"a", "c", "d"}


def test_a_draft_that_is_like_nothing_has_no_copies(view):
    draft = view.profile(told("A quay of our own", prose(30, 9), "coast.example"), VECTORS[0])
    assert list(view.copies(draft)) == []


def test_a_draft_of_a_stored_article_is_no_copy_of_itself(view):
    draft = view.profile(told(QUAY, HARBOUR, "post.example", id="a"), VECTORS[0])
    assert draft.row == view.profile("a").row
    assert names(view.copies(draft)) == {"c", "d"}


def test_a_stored_article_that_is_written_anew_has_the_copies_of_its_new_text(view):
    draft = view.profile(told("Carts at last", prose(30, 1), "coast.example", id="a"), VECTORS[0])
    assert names(view.copies(draft)) == {"e", "f"}


def test_a_copy_of_a_copy_is_of_the_group():
    parts = {
        "a": record(QUAY, words(HARBOUR, 0, 20), "post.example"),
        "b": record(DIVERS, HARBOUR, "wire.example"),
        "c": record("Ferries leave from the market", words(HARBOUR, 24), "herald.example"),
    }
    view = view_of(parts)
    assert names(view.copies(view.profile("a"))) == {"b", "c"}
    without, _ = grown(parts, [({}, ["b"], NEVER)])
    assert list(without.copies(without.profile("a"))) == []
    draft = told(DIVERS, HARBOUR, "wire.example")
    assert names(without.copies(without.profile(draft, VECTORS[0]))) == {"a", "c"}


# Copies of which some are gone.


def family(count):
    """One text in so many outlets."""
    return {
        f"{number:02}": record(prose(1, number), HARBOUR, f"o{number}.example", vector=6 * (number % 2))
        for number in range(count)
    }


def test_copies_are_found_though_those_between_them_are_deleted():
    first = family(12)
    view, live = grown(first, [({}, list(first)[1:10], NEVER)])
    whole = view_of(live)
    assert names(view.copies(view.profile("00"))) == {"10", "11"}
    assert names(whole.copies(whole.profile("00"))) == {"10", "11"}
    assert len(set(labels(view, live))) == 1


def test_a_new_copy_is_found_though_most_of_the_others_are_deleted():
    for count, deleted in [(12, 9), (12, 11), (32, 31), (60, 50), (60, 59)]:
        first = family(count)
        left = list(first)[deleted:]
        new = record("Ferries leave from the market", HARBOUR, "herald.example")
        view, live = grown(first, [({"zz": new}, list(first)[:deleted], NEVER)])
        whole = view_of(live)
        assert len(view._parts) == 2, deleted
        assert names(view.copies(view.profile("zz"))) == set(left), deleted
        assert names(whole.copies(whole.profile("zz"))) == set(left), deleted
        assert len(set(labels(view, live))) == 1, deleted


@pytest.mark.parametrize(("count", "deleted"), [(12, 9), (60, 59)])
def test_a_draft_is_compared_with_the_copies_that_are_left(count, deleted):
    first = family(count)
    view, _ = grown(first, [({}, list(first)[:deleted], NEVER)])
    draft = view.profile(told("A quay of our own", HARBOUR, "coast.example"), VECTORS[7])
    assert names(view.copies(draft)) == set(list(first)[deleted:])


def test_hidden_rows_are_no_copies():
    view, _ = grown(only("ac"), [({"c": OLD}, [], NEVER)])
    assert list(view.copies(view.profile("a"))) == []
    draft = view.profile(told(DIVERS, HARBOUR, "coast.example"), VECTORS[0])
    assert names(view.copies(draft)) == {"a"}


def test_one_address_is_one_page_in_any_part():
    url = "https://post.example/quay"
    view, _ = grown(
        {"a": record(QUAY, HARBOUR, "post.example", webUrl=url)},
        [({"b": record("Stamps", prose(30), "wire.example", webUrl=f"{url}/?utm_source=x")}, [], NEVER)],
    )
    assert names(view.copies(view.profile("b"))) == {"a"}


def test_a_view_of_nothing_has_no_copies():
    view = view_of({})
    assert labels(view, "") == []
    assert list(view.copies(view.profile(told(QUAY, HARBOUR), VECTORS[0]))) == []
