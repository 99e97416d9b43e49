"""The words of a lead: what tells something, where it stands, and the same after packing and unpacking."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from recommender.text import stable_hash
from recommender.text.analysis import terms_in
from recommender.text.lead_words import LeadWords, PackedLead, Word, WordReader, pack_words, unpack_words

ENGLISH = terms_in("en")


def packed(title: str, rest: str = "", language: str = "en") -> PackedLead:
    words = WordReader().lead(title, rest, language, terms_in(language))
    terms = sorted({term for word in words if word for term in word.terms}, key=stable_hash)
    hashes = np.array([stable_hash(term) for term in terms], dtype=np.uint64)
    place_of = {term: place for place, term in enumerate(terms)}
    return PackedLead(pack_words(words, place_of).tobytes(), hashes.tobytes(), language)


def spelled(words: LeadWords, text: str) -> list[str]:
    return [text[start:end] for start, end in zip(words.starts, words.ends, strict=True)]


def test_stop_words_and_single_letters_tell_nothing():
    words = unpack_words([packed("Rain in the Q town", "It rains.")])
    assert spelled(words, "Rain in the Q town\nIt rains.") == ["Rain", "town", "rains"]


def test_no_run_goes_over_a_stop_word_the_end_of_a_clause_or_that_of_the_title():
    words = unpack_words([packed("Cold rain of spring: ice", "Snow melts")])
    assert words.breaks.tolist() == [True, False, True, True, True, False]


def test_names_are_capitalised_but_not_in_title_case():
    assert unpack_words([packed("plan of Zylar waits")]).named.tolist() == [False, True, False]
    assert not unpack_words([packed("Plan Of Zylar Waits Again")]).named.any()
    assert unpack_words([packed("Plan Of eZylar Waits Again Today Elsewhere")]).named.sum() == 1


def test_a_word_of_several_terms_has_them_in_order():
    words = unpack_words([packed("face-biometrics data")])
    ends = words.term_ends.tolist()
    assert words.term_starts.tolist() == [0, *ends[:-1]]
    assert words.terms[: ends[0]].tolist() == [stable_hash(term) for term in ENGLISH("face-biometrics")]
    assert words.terms[ends[0] :].tolist() == [stable_hash(term) for term in ENGLISH("data")]


def test_overlapping_pairs_of_chinese_characters_have_their_places():
    words = unpack_words([packed("数据库系统", language="zh")])
    assert spelled(words, "数据库系统") == ["数据", "据库", "库系", "系统"]


def test_far_words_have_their_places():
    text = f"Rain {'of ' * 400}town"
    assert spelled(unpack_words([packed(text)]), text) == ["Rain", "town"]


def test_a_word_too_long_to_be_told_is_left_out():
    words = unpack_words([packed(f"Rain {'x' * 300} town")])
    assert words.breaks.tolist() == [True, True]


def test_several_articles_are_read_as_each_alone():
    leads = [packed("Rain in town", "Cold rain"), packed(""), packed("face-biometrics data"), packed("Snow Zylar")]
    words = unpack_words(leads)
    for number, lead in enumerate(leads):
        alone, some = unpack_words([lead]), words.owner == number
        for name in ("starts", "ends", "named", "breaks"):
            np.testing.assert_array_equal(getattr(words, name)[some], getattr(alone, name))
        assert [
            words.terms[start:end].tolist()
            for start, end in zip(words.term_starts[some], words.term_ends[some], strict=True)
        ] == [alone.terms[s:e].tolist() for s, e in zip(alone.term_starts, alone.term_ends, strict=True)]
    assert unpack_words([]).languages == []


def test_the_first_article_is_split_off():
    leads = [packed("face-biometrics data"), packed("Rain in town", "Cold rain"), packed("face-biometrics")]
    first, others = unpack_words(leads).split_first()
    for found, expected in ((first, unpack_words(leads[:1])), (others, unpack_words(leads[1:]))):
        for one, other in zip(found, expected, strict=True):
            assert np.array_equal(one, other)
    nothing, rest = unpack_words([packed(""), *leads]).split_first()
    assert len(nothing.starts) == len(nothing.terms) == 0
    assert len(rest.languages) == 3


@examples(100)
@given(st.text(max_size=400), st.text(max_size=400))
def test_what_is_packed_comes_back(title: str, rest: str):
    words = WordReader().lead(title, rest, "en", ENGLISH)
    found = unpack_words([packed(title, rest)])
    kept = [word for word in words if isinstance(word, Word) and word.end - word.start < 256]
    assert list(zip(found.starts, found.ends, found.named, strict=True)) == [tuple(word[1:]) for word in kept]
    terms = zip(found.term_starts, found.term_ends, strict=True)
    assert [found.terms[s:e].tolist() for s, e in terms] == [[stable_hash(t) for t in w.terms] for w in kept]
