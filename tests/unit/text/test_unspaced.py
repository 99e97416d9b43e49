"""Words of languages without spaces: pieces, and the whole words around them."""

from __future__ import annotations

import pytest

from recommender.text import joined_pairs, shared_word, unspaced_pieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("数据库", ["数据", "据库"]),
        ("库", ["库"]),
        ("データベースの設計", ["データベース", "の", "設計"]),
        ("Git分支", ["Git", "分支"]),
    ],
)
def test_characters_become_pairs_and_other_letters_stay_together(text: str, pieces: list[str]):
    assert [text[piece.start : piece.end] for piece in unspaced_pieces(text, 0, len(text)) or ()] == pieces


def test_a_word_of_other_letters_has_no_pieces():
    assert unspaced_pieces("Straße", 0, 6) is None


@pytest.mark.parametrize("text", ["的数据", "我们"])
def test_grammar_tells_nothing(text: str):
    assert not unspaced_pieces(text, 0, len(text))[0].tells


@pytest.mark.parametrize(
    ("text", "other", "piece", "word"),
    [
        ("一个数据库里的表", "清空数据库里的表", "据库", "数据库"),
        ("先将查询优化", "可将查询改写", "查询", "查询"),
        ("用浏览器开发者工具看", "打开浏览器开发者工具", "器开", "浏览器开发者工具"),
        ("些什么", "些什么", "些什", ""),
        ("分类", "分类", "分类", "分类"),
    ],
)
def test_what_two_texts_share_around_a_piece_is_the_word(text: str, other: str, piece: str, word: str):
    start = text.index(piece)
    assert shared_word(text, (start, start + len(piece)), other, other.index(piece)) == word


def test_a_shared_passage_is_no_word():
    passage = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
    assert len(shared_word(passage, (8, 10), passage, 8)) <= 12


def test_pairs_that_overlap_in_the_text_are_joined():
    assert joined_pairs(["辨率", "分辨", "adb"], "屏幕分辨率 adb") == ["分辨率", "adb"]
    assert joined_pairs(["分辨", "辨别"], "分辨率，辨别") == ["分辨", "辨别"]
    assert joined_pairs(["rate", "error"], "error rate") == ["rate", "error"]
