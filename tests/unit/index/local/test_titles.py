"""The index of titles: what is typed half, with typos, without accents, in any script."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from recommender.errors import CollectionError
from recommender.index.local.titles import FEW, TitleIndex, Typed

TITLES = [
    "Kubernetes clusters on a boat",  # 0
    "The café in Zürich",  # 1
    "How to run Kubernetes",  # 2
    "クリーンエネルギー入門",  # 3
    "云原生应用入门",  # 4
    "How to",  # 5
    "Boat races",  # 6
    "Kubernetes",  # 7
]


def found(titles: Sequence[str], text: str, stage: str, limit: int = 10) -> list[int]:
    """The rows of titles, the first of which is the newest, that one stage finds."""
    index = TitleIndex.build(None, titles, range(len(titles)))
    typed = Typed.of(text, index.frequency, len(titles))
    rows, scores = (index.sharp if stage == "sharp" else index.near)(typed, limit)
    assert list(scores) == sorted(scores, reverse=True)
    return rows.tolist()


def test_a_title_that_is_it_comes_before_one_that_begins_so_and_one_that_has_the_words():
    assert found(TITLES, "kubernetes", "sharp") == [7, 0, 2]
    assert found(TITLES, "how to", "sharp") == [5, 2]


@pytest.mark.parametrize("text", ["k", "ku", "kub", "kubern", "KUBERNETES "])
def test_a_word_is_found_by_its_beginning(text: str):
    assert found(TITLES, text, "sharp")[-1] == 2


def test_all_words_are_needed_and_each_may_be_a_beginning():
    assert found(TITLES, "boat kub", "sharp") == [0]
    assert found(TITLES, "kub boa", "sharp") == [0]
    assert found(TITLES, "boat zurich", "sharp") == []


def test_whole_words_come_before_beginnings():
    assert found(["boats and races", "races and boat"], "boat races", "sharp") == [1, 0]


def test_accents_and_width_do_not_matter():
    assert found(TITLES, "cafe in zuri", "sharp") == [1]
    assert found(TITLES, "ｃａｆé", "sharp") == [1]


@pytest.mark.parametrize(("text", "row"), [("エネル", 3), ("ネ", 3), ("门", 4), ("云原", 4), ("应用入", 4), ("門", 3)])
def test_scripts_without_spaces_are_found_from_any_letter_on(text: str, row: int):
    assert found(TITLES, text, "sharp") == [row]


@pytest.mark.parametrize(
    "text", ["kuberntes", "kubernetess", "kubrenetes", "kubernates", "xubernetes", "kuberntse", "kubrn"]
)
def test_typos_are_found_in_words_and_in_their_beginnings(text: str):
    assert {0, 2, 7} <= set(found(TITLES, text, "near"))


def test_a_typo_in_the_opening_may_join_or_part_words():
    assert found(TITLES, "howto run", "near")[0] == 2
    assert found(TITLES, "the caf e in", "near")[0] == 1


def test_most_of_what_was_typed_is_enough_but_not_less():
    titles = ["the harbour of lindholm", "the mayor of lindholm", *["the weather"] * 20]
    assert found(titles, "harbour of lindholm reopens", "near")[:1] == [0]
    assert found(titles, "harbour mayor", "near") == []


def test_a_word_that_many_titles_have_is_no_typo():
    assert found([*["form"] * FEW, "from"], "form x", "near", limit=50) == []
    assert FEW in found([*["form"] * (FEW - 1), "of", "from"], "form", "near", limit=50)


def test_numbers_have_no_typos():
    assert found(["updates of 2019", "updates of 2020"], "updates of 2021", "near") == [0, 1]
    assert found(["2019", "2020"], "20190", "near") == [0]


def test_equal_titles_come_newest_first_and_no_more_than_asked_for():
    assert found(["boat"] * 30, "boa", "sharp", limit=5) == [0, 1, 2, 3, 4]


def test_an_index_in_a_folder_is_opened_without_a_change(tmp_path: Path):
    TitleIndex.build(tmp_path, TITLES, range(len(TITLES)))
    before = sorted(file.name for file in tmp_path.iterdir() if not file.name.startswith("."))
    index = TitleIndex.load(tmp_path)
    assert index.sharp(Typed.of("boat r", index.frequency, len(TITLES)), 3)[0].tolist() == [6]
    assert sorted(file.name for file in tmp_path.iterdir() if not file.name.startswith(".")) == before


def test_a_folder_that_is_no_index_is_an_error(tmp_path: Path):
    with pytest.raises(CollectionError, match="cannot be opened"):
        TitleIndex.load(tmp_path)


@pytest.mark.parametrize("titles", [[], ["!"], [""]])
def test_where_there_are_no_words_nothing_is_found(titles: list[str]):
    assert found(titles, "boat", "sharp") == found(titles, "boat", "near") == []
