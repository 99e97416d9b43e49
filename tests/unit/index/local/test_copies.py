"""The same story told twice: what is a copy of what, and what is not."""

from __future__ import annotations

from itertools import product
from unicodedata import normalize

import numpy as np
import pytest
from support.stories import HARBOUR, columns_of, prose, told, vectors_at, words

from recommender.index.local.copies import are_copies, find_copies, find_copies_between

POST, WIRE = "post.example", "wire.example"
EN = "english"
BERICHT = "Hafenbericht Lindholm: Wetter, Verkehr, Fischfang und Termine im"
MAKERS = "Meet the makers of the old harbour town market:"
INFORME = "Informe del puerto de Lindholm: tiempo, tráfico, pesca y avisos de"
FAR, SAME, NEAR = 0.3, 0.72, 0.88
"""Of texts about different things, of texts that may be one text, and of texts about one thing."""


def is_copy(first, second, near=FAR, language=EN):
    """Whether two articles with vectors of this cosine are found to be copies, in one collection and across two."""
    vectors = vectors_at(near)
    within = find_copies(columns_of([first, second], vectors, language)).tolist()
    one, other = columns_of([first], vectors[:1], language), columns_of([second], vectors[1:], language)
    across, back = find_copies_between(one, other).tolist(), find_copies_between(other, one).tolist()
    assert across == back
    assert within in ([], [[0, 1]])
    assert bool(within) == bool(across)
    return bool(within)


def agree(first, second, near=FAR):
    """Whether two articles are copies once they are compared, whatever keys they share."""
    vectors = vectors_at(near)
    one, other = columns_of([first], vectors[:1]), columns_of([second], vectors[1:])
    here = np.zeros(1, dtype=np.int64)
    ours, theirs = are_copies(one, here, other, here), are_copies(other, here, one, here)
    assert ours.tolist() == theirs.tolist()
    return bool(ours[0])


# Two outlets, one text.


def test_an_article_that_another_outlet_prints_verbatim_is_a_copy():
    title = "Lindholm closes its northern quay"
    assert is_copy(told(title, HARBOUR, POST), told(title, HARBOUR, WIRE, "2024-09-01"), 0.99)


def test_a_press_release_under_another_title_is_a_copy():
    assert is_copy(
        told("Northern quay closed for repairs", HARBOUR, POST),
        told("Ferry passengers must use the fish market", HARBOUR, WIRE),
        SAME,
    )


@pytest.mark.parametrize(("near", "copy"), [(0.69, False), (0.7, True)])
def test_the_same_wording_is_the_same_text_only_where_the_texts_are_near(near, copy):
    assert is_copy(told("Quay closed", HARBOUR, POST), told("Divers dive", HARBOUR, WIRE), near) is copy


@pytest.mark.parametrize(("count", "copy"), [(10, False), (11, True)])
def test_the_same_wording_is_the_same_text_only_where_it_is_long(count, copy):
    text = words(HARBOUR, 0, count)
    for near in (SAME, 0.85):
        assert is_copy(told("Quay closed", text, POST), told("Divers dive", text, WIRE), near) is copy
        assert is_copy(told("Quay closed", HARBOUR, POST), told("Divers dive", text, WIRE), near) is copy


def test_what_stands_under_any_article_makes_no_copy_in_two_outlets():
    for boilerplate in [
        "Read more",
        "All rights reserved",
        "This article is for subscribers only, log in to read.",
        "Sign up now to get our best stories of the week in your inbox every Friday morning.",
    ]:
        first = told("Lindholm closes its northern quay", boilerplate, POST)
        assert not is_copy(first, told("Heron stamp sells for a record", boilerplate, WIRE), 0.69)
        assert is_copy(first, told("Lindholm closes its northern quay", boilerplate, WIRE), 0.8)


@pytest.mark.parametrize("boilerplate", ["Read more", "All rights reserved"])
def test_short_boilerplate_makes_no_copy_of_articles_on_like_things(boilerplate):
    first = told("Lindholm closes its northern quay", boilerplate, POST)
    assert not is_copy(first, told("Kobbe opens a southern quay", boilerplate, WIRE), 0.85)


def test_a_shortened_text_is_a_copy():
    for start, end in [(0, 15), (0, 25), (20, None), (10, 30)]:
        assert is_copy(
            told("Northern quay closed for repairs", HARBOUR, POST),
            told("Divers mend the piles", words(HARBOUR, start, end), WIRE),
            SAME,
        )


def test_case_punctuation_and_curly_quotes_make_no_other_text():
    changed = HARBOUR.upper().replace(",", " –").replace("CUSTOMS HOUSE", "“customs house”")
    assert is_copy(told("Quay closed for repairs", HARBOUR, POST), told("Divers mend the piles", changed, WIRE), SAME)


def test_letters_written_with_combining_marks_make_no_other_text():
    text = HARBOUR.replace("a", "ä").replace("o", "ö")
    assert is_copy(told("Quay closed", text, POST), told("Divers dive", normalize("NFD", text), WIRE), SAME)


def test_the_less_wording_is_shared_the_nearer_the_texts_must_be():
    for shared, near, copy in [
        (70, SAME, True),
        (70, 0.69, False),
        (45, 0.85, False),
        (45, NEAR, True),
        (38, NEAR, False),
        (38, 0.95, True),
        (20, 0.95, False),
    ]:
        text = prose(103)
        ours, theirs = words(text, 0, shared + 3), words(text, 0, shared + 3)
        ours, theirs = f"{ours} {prose(100 - shared, 1)}", f"{theirs} {prose(100 - shared, 2)}"
        assert agree(told("Quay closed", ours, POST), told("Divers dive", theirs, WIRE), near) is copy


def test_another_story_about_the_same_thing_is_no_copy():
    other = "Divers began to mend the piles beneath the crane at Lindholm, where ferries no longer moor."
    assert not agree(told("Quay closed for repairs", HARBOUR, POST), told("Divers at work", other, WIRE), 0.91)


def test_a_headline_in_two_outlets_is_one_story_though_each_shows_another_part_of_the_text():
    title = "Lindholm closes its northern quay"
    first, second = words(HARBOUR, 0, 22), words(HARBOUR, 25)
    assert is_copy(told(title, first, POST), told(f"{title}!", second, WIRE, "2024-05-09"), 0.8)


def test_one_headline_is_one_story_only_where_texts_and_dates_are_near():
    for near, day, copy in [
        (0.7, "2024-05-06", False),
        (0.8, "2024-05-16", True),
        (0.8, "2024-05-17", False),
        (0.92, "2024-06-05", True),
        (0.92, "2024-06-06", False),
        (0.92, None, False),
    ]:
        title = "Lindholm closes its northern quay"
        first, second = told(title, words(HARBOUR, 0, 22), POST), told(title, words(HARBOUR, 25), WIRE, day)
        assert is_copy(first, second, near) is copy


def test_a_headline_may_be_longer_in_one_outlet():
    title = "Lindholm closes its northern quay"
    assert is_copy(told(title, prose(30), POST), told(f"{title} today", prose(30, 1), WIRE), 0.8)
    assert not is_copy(told("Lindholm quay closed", prose(30), POST), told(title, prose(30, 1), WIRE), 0.8)


def test_with_a_few_words_in_common_titles_may_differ_the_more_the_nearer_the_texts_are():
    for title, near, copy in [
        ("Lindholm shuts its northern quay", 0.92, True),
        ("Lindholm shuts its northern quay", NEAR, False),
        ("Lindholm closes its northern quay today", NEAR, True),
        ("Lindholm closes its northern quay today", 0.8, False),
        ("Divers mend the old piles", 0.95, False),
    ]:
        texts = [f"{words(HARBOUR, 0, 7)} {prose(30, seed)}" for seed in (1, 2)]
        first = told("Lindholm closes its northern quay", texts[0], POST)
        assert agree(first, told(title, texts[1], WIRE, "2024-12-01"), near) is copy
        assert not agree(first, told(title, prose(37, 2), WIRE, "2024-12-01"), near)


def test_a_story_may_be_retold_where_each_title_stands_in_the_others_text():
    for near, day, copy in [(0.93, "2024-05-16", True), (0.93, "2024-05-17", False), (0.9, "2024-05-06", False)]:
        titles = "Northern quay closes", "Divers at work"
        first = told(titles[0], f"{prose(30)} divers work", POST)
        assert agree(first, told(titles[1], f"{prose(30, 1)} quay closed northern", WIRE, day), near) is copy
        assert not agree(first, told(titles[1], f"{prose(30, 1)} quay closed southern", WIRE, day), near)


def test_titles_that_are_much_alike_and_tell_the_same_numbers_are_one_headline_in_two_outlets():
    for title, day, copy in [
        ("Alder pays $10 million for 51% of Birch", "2024-05-16", True),
        ("Alder pays $10 million for 51% of Birch", "2024-05-17", False),
        ("Alder pays $10 million for 52% of Birch", "2024-05-06", False),
    ]:
        first = told("Alder to pay $10m, million for 51% of Birch", prose(30), POST)
        assert agree(first, told(title, prose(30, 1), WIRE, day), 0.8) is copy


@pytest.mark.parametrize(
    ("title", "copy"), [("Alder buys Birch for $10 billion", True), ("Alder buys Birch for $12bn", False)]
)
def test_a_number_is_the_same_however_its_unit_is_written(title, copy):
    assert is_copy(told("Alder buys Birch for $10bn", HARBOUR, POST), told(title, HARBOUR, WIRE), 0.95) is copy


def test_a_number_in_one_headline_may_stand_in_the_others_text():
    text = f"{HARBOUR} The work takes 14 weeks."
    first, second = told("Quay closed for 14 weeks", text, POST), told("Divers mend 200 piles", text, WIRE)
    assert is_copy(first, second, SAME)
    assert not is_copy(told("Quay closed for 15 weeks", text, POST), second, SAME)


def test_part_1_and_part_2_are_no_copies():
    for near, outlet in product([NEAR, 0.99], [POST, WIRE]):
        titles = [f"A short history of Lindholm harbour, part {number}" for number in (1, 2)]
        assert not is_copy(told(titles[0], HARBOUR, POST), told(titles[1], HARBOUR, outlet), near)


# One outlet.


def test_a_template_that_one_outlet_fills_anew_is_no_copy():
    for first, second, language in [
        ("Lindholm harbour traffic and weather report, June", "Lindholm harbour traffic and weather report, July", EN),
        (
            "Harbour traffic and weather, 3 June 2023, Lindholm",
            "Harbour traffic and weather, 3 June 2024, Lindholm",
            EN,
        ),
        (
            "Cumulative rollup 47 for the Lindholm harbour database",
            "Cumulative rollup 48 for the Lindholm harbour database",
            EN,
        ),
        ("Price of the MariaDB server falls", "Price of the MySQL server falls", EN),
        (f"{BERICHT} März", f"{BERICHT} Oktober", "german"),
        (f"{BERICHT} März", f"{BERICHT} Oktober", EN),
        (f"{INFORME} enero", f"{INFORME} febrero", "spanish"),
        (f"{INFORME} enero", f"{INFORME} febrero", EN),
        ("Meet the maker: Ingrid Dahl", "Meet the maker: Otto Lund", EN),
        (f"{MAKERS} Anna", f"{MAKERS} Otto", EN),
    ]:
        assert not is_copy(told(first, HARBOUR), told(second, HARBOUR), 0.99, language)


def test_one_outlets_headline_with_an_added_number_or_date_is_no_copy():
    for added in ["June", "2", "on Monday"]:
        title = "Traffic and weather report of Lindholm harbour 2024"
        assert not is_copy(told(title, HARBOUR), told(f"{title} {added}", HARBOUR), 0.99)
        assert is_copy(told(title, HARBOUR), told(f"{title} again", HARBOUR), 0.99)


@pytest.mark.parametrize("texts", [(prose(30), prose(30, 1)), (HARBOUR, words(HARBOUR, 0, 30) + prose(30))])
def test_one_outlets_long_headline_with_one_word_exchanged_is_no_copy(texts):
    islands = "Storholm, Lillholm, Vesterholm, Osterholm, Nordholm, Sydholm, Smalholm, Brede, Kobbe"
    first, second = (
        told(f"{what} leave Lindholm harbour for {islands}", text)
        for what, text in zip(("Ferries", "Buses"), texts, strict=True)
    )
    assert not is_copy(first, second, NEAR)


def test_one_outlets_near_text_that_tells_the_same_four_numbers_in_its_title_is_a_copy():
    for near, numbers, copy in [(NEAR, "4-1", True), (0.8, "4-1", False), (NEAR, "4-2", False)]:
        first = told("Lindholm beats Kobbe 4-1 in cup round 3 of 2024", HARBOUR)
        second = told(
            f"Lindholm wins {numbers} against Kobbe in cup round 3 of 2024", words(HARBOUR, 0, 30), day="2024-07-01"
        )
        assert is_copy(first, second, near) is copy


def test_one_outlets_text_under_another_title_is_no_copy():
    first, second = told("Northern quay closed for repairs", HARBOUR), told("Divers mend the old piles", HARBOUR)
    assert not is_copy(first, second, 0.99)


def test_one_outlets_reminder_with_an_added_word_is_a_copy():
    for day in ["2024-05-06", "2024-05-20", None]:
        title = "The council meets on Friday about the bridge"
        assert is_copy(told(title, HARBOUR), told(f"Reminder: {title}", words(HARBOUR, 0, 30), day=day), SAME)


def test_one_outlets_headline_again_over_other_words_is_a_copy_only_where_texts_and_dates_are_near():
    for near, day, copy in [
        (0.7, "2024-05-06", False),
        (0.8, "2024-05-07", True),
        (0.8, "2024-05-08", False),
        (0.99, "2024-05-07", True),
        (0.99, "2024-05-08", False),
        (0.99, None, False),
    ]:
        title = "The council meets on Friday about the bridge"
        assert is_copy(told(title, prose(30)), told(title, prose(30, 1), day=day), near) is copy


def test_one_outlets_standing_headline_over_other_words_is_no_copy():
    for day, near in product(["2024-05-13", "2024-05-20", "2024-06-03"], [NEAR, 0.95]):
        title = "Letters to the editor of this week"
        first, second = (
            told(title, "Readers ask for a bridge to Kobbe."),
            told(title, "A heron has been seen.", day=day),
        )
        assert not is_copy(first, second, near)
        assert not is_copy(first, told(f"{title} again", second.excerpt, day=day), near)
        assert is_copy(first, told(title, first.excerpt, day=day), near)


def test_one_outlets_revised_text_is_a_copy_where_it_comes_soon():
    ours, theirs = f"{words(HARBOUR, 0, 10)} {prose(30)}", f"{words(HARBOUR, 0, 10)} {prose(30, 1)} bridge"
    first = told("The council meets about the bridge", ours)
    for day, copy in (("2024-05-12", True), ("2024-05-14", False)):
        assert is_copy(first, told("The council meets about a crane", f"{theirs} bridge", day=day), 0.95) is copy


def test_one_outlets_long_text_under_an_edited_headline_is_a_copy_at_once():
    title = "Lindholm harbour {} its old northern quay beneath the crane in summer"
    first = told(title.format("closes"), HARBOUR)
    for day, copy in (("2024-05-06", True), ("2024-05-07", True), ("2024-05-08", False), (None, False)):
        assert is_copy(first, told(title.format("shuts"), HARBOUR, day=day), SAME) is copy
    short = words(HARBOUR, 0, 22)
    assert not is_copy(told(title.format("closes"), short), told(title.format("shuts"), short), NEAR)


def test_one_outlets_headline_with_more_than_a_small_part_exchanged_is_no_edited_one():
    first = told("Lindholm harbour closes its old northern quay", HARBOUR)
    assert not is_copy(first, told("Lindholm harbour shuts its old northern quay", HARBOUR), 0.85)


def test_an_unknown_outlet_counts_as_ones_own():
    for ours, theirs in [(None, WIRE), (POST, None), (None, None)]:
        first, second = told("Northern quay closed", HARBOUR, ours), told("Divers mend the old piles", HARBOUR, theirs)
        assert not is_copy(first, second, 0.99), (ours, theirs)
        assert is_copy(first, told("Northern quay closed", HARBOUR, theirs), SAME), (ours, theirs)


# Addresses, and articles of few words.


def test_articles_with_one_address_are_copies_whatever_they_say():
    first = told("Northern quay closed", prose(30), web_url="https://post.example/quay")
    assert is_copy(
        first, told("Stamps", prose(30, 1), WIRE, None, web_url="http://www.post.example/quay/?utm_source=x")
    )
    assert not is_copy(first, told("Stamps", prose(30, 1), WIRE, web_url="https://post.example/stamps"))


@pytest.mark.parametrize("outlet", [POST, None])
def test_a_title_without_a_text_that_one_outlet_posts_twice_is_a_copy(outlet):
    first = told("Open day at the lifeboat station", outlet=outlet)
    for day, copy in (("2024-05-06", True), ("2024-05-12", True), ("2024-05-13", False), (None, False)):
        assert is_copy(first, told("Open day at the lifeboat station", outlet=outlet, day=day), SAME) is copy


def test_titles_alone_make_a_copy_in_two_outlets_where_they_are_near():
    first, second = (told("Open day at the lifeboat station", outlet=outlet) for outlet in (POST, WIRE))
    assert is_copy(first, second, 0.8)
    assert not is_copy(first, second, 0.7)


@pytest.mark.parametrize("outlet", [POST, WIRE])
def test_articles_of_different_titles_without_texts_are_no_copies(outlet):
    assert not is_copy(told("Open day at the lifeboat station"), told("Stamps sold out", outlet=outlet), 0.99)


@pytest.mark.parametrize("outlet", [POST, WIRE])
def test_titles_without_terms_are_no_copies(outlet):
    assert not agree(told("The", prose(30)), told("This", prose(30, 1), outlet), 0.99)


# Long texts.


def test_a_long_text_that_another_outlet_prints_is_a_copy():
    assert is_copy(told("Quay closed", prose(300), POST), told("Divers dive", prose(300), WIRE), SAME)


def test_the_first_part_of_a_long_text_is_a_copy():
    text = prose(280)
    assert is_copy(told("Quay closed", text, POST), told("Divers dive", words(text, 0, 140), WIRE), SAME)


@pytest.mark.parametrize(("shared", "copy"), [(0.85, True), (0.35, False)])
def test_the_wording_that_long_texts_share_is_estimated(shared, copy):
    text, found = prose(280), []
    for seed in range(10, 20):
        other = f"{words(text, 0, int(280 * shared))} {prose(280 - int(280 * shared), seed)}"
        found.append(agree(told("Quay closed", text, POST), told("Divers dive", other, WIRE), SAME))
    assert found == [copy] * 10
