"""Words of a query, marked in titles and texts."""

from __future__ import annotations

import pytest

from recommender.search.marking import SNIPPET_CHARS, Marker
from recommender.search.results import Marked
from recommender.text.analysis import terms_in


def shown(pieces: list[Marked]) -> str:
    return "".join(f"[{piece.text}]" if piece.matched else piece.text for piece in pieces)


def marker(query: str, *titles: str) -> Marker:
    return Marker(query, titles, terms_in("en"))


@pytest.mark.parametrize(
    ("query", "title", "expected"),
    [
        ("the harb", "The harbours of the Harbour", "[The] [harbours] of [the] [Harbour]"),
        ("kuberntes boat", "Kubernetes on a boat", "[Kubernetes] on a [boat]"),
        ("kube boat", "Kubernetes on a boat", "[Kubernetes] on a [boat]"),
        ("cafe", "The Café, the cafe\u0301", "The [Café], the [café]"),
        ("AWS エネル", "AWSのクリーンエネルギー", "[AWS]のクリーン[エネル]ギー"),
        ("门", "云原生应用入门", "云原生应用入[门]"),
        ("boat", "No ship", "No ship"),
        ("", "No ship", "No ship"),
        ("2020", "In 2019 and 2020", "In 2019 and [2020]"),
    ],
)
def test_a_title_is_marked(query: str, title: str, expected: str):
    assert shown(marker(query, title).mark(title)) == expected


def test_pieces_are_the_whole_text():
    title = "<b>The</b> harbour & the mayor"
    assert "".join(piece.text for piece in marker("the b", title).mark(title)) == title


def test_a_text_has_other_forms_marked_and_no_stop_words():
    found = marker("the harbour closes").snippet("The harbours were closed by the mayor.")
    assert shown(found) == "The [harbours] were [closed] by the mayor."


def test_a_query_of_stop_words_is_marked_all_the_same():
    assert shown(marker("who is").snippet("Who is it")) == "[Who] [is] it"


def test_a_snippet_is_cut_around_the_most_words():
    text = f"The harbour. {'Nothing of it here. ' * 15}The mayor of the harbour spoke. {'Nothing again. ' * 30}"
    found = marker("harbour mayor").snippet(text)
    assert "[mayor] of the [harbour]" in shown(found)
    assert shown(found)[0] == shown(found)[-1] == "…"
    assert sum(len(piece.text) for piece in found) <= SNIPPET_CHARS + 4


def test_a_snippet_that_ends_before_its_text_says_so():
    text = f"The mayor of Lindholm {'and more of it ' * 60}"
    for begin in (0, text.index("mayor")):
        assert shown(marker("mayor").snippet(text, begin)).startswith("The [mayor] of Lindholm and more")
        assert shown(marker("mayor").snippet(text, begin)).endswith((" of it …", " more …", " and …", " of …", " it …"))
    assert "[mayor]" not in shown(marker("mayor").snippet("x " * 400 + "mayor"))


def test_a_text_without_the_words_is_shown_from_its_beginning():
    assert shown(marker("boat").snippet("word " * 100)).startswith("word word")
    assert marker("boat").snippet("") == []
    assert shown(marker("boat").snippet("Short.")) == "Short."


def test_long_texts_without_spaces_are_cut():
    found = marker("エネ").snippet("あ" * 300 + "エネ" + "い" * 500)
    assert "[エネ]" in shown(found)
    assert len(shown(found)) <= SNIPPET_CHARS + 8
