"""Lists, counts and titles of an index that grew change by change, against plain Python over the same articles."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.filters import spec_of
from support.growing import Records, grown

from recommender.article import Article
from recommender.index import Place
from recommender.text import facet, folded_hash
from recommender.text.typed import opening, title_words

IDS = ["B", "a", "aa", "b", "c", "d", "e", "é", "中", "😀"]
WORDS = ["rain", "train", "rainy", "town", "to", "Tōkyō", "東京タワー"]
DATES = ["2021-04-01", "2021-04-16T12:00:00Z", "2020-01-01", "1969-12-31"]
TOPICS, LANGUAGES = ["AI", "ai ", "Law", "Food"], ["en", "en-GB", "de"]
PROVIDERS: list[Any] = ["Post", {"name": "Post", "domain": "post.example"}, {"domain": "post.example"}]

RECORD = st.fixed_dictionaries(
    {"title": st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join), "vector": st.integers(0, 7)},
    optional={
        "publishedDateTime": st.sampled_from(DATES),
        "topics": st.lists(st.sampled_from(TOPICS), max_size=3),
        "provider": st.sampled_from(PROVIDERS),
        "language": st.sampled_from(LANGUAGES),
    },
)
BATCH = st.dictionaries(st.sampled_from(IDS), RECORD, max_size=8)
STEPS = st.lists(st.tuples(BATCH, st.sets(st.sampled_from(IDS), max_size=4), st.sampled_from([0, 1, 4])), max_size=3)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "topic": st.lists(st.sampled_from(TOPICS), max_size=2),
        "provider": st.lists(st.sampled_from(["Post", "post.example"]), max_size=2),
        "language": st.lists(st.sampled_from(LANGUAGES), max_size=1),
        "after": st.sampled_from(["2020-01-01", "2021-04-02"]),
        "exclude": st.lists(st.sampled_from(IDS), max_size=2),
    },
)


def passes(record: dict[str, Any], name: str, filters: dict[str, Any]) -> bool:
    article = Article.read(record)
    named = {article.provider.name, article.provider.domain} if article.provider else set()
    topics = {topic.strip().casefold() for topic in article.topics}
    wanted = {topic.strip().casefold() for topic in filters.get("topic", ())}
    languages = {language[:2] for language in filters.get("language", ())}
    since = datetime.fromisoformat(filters.get("after", "0001-01-01")).replace(tzinfo=UTC)
    return (
        name not in filters.get("exclude", ())
        and (not wanted or not topics.isdisjoint(wanted))
        and (not filters.get("provider") or not named.isdisjoint(filters["provider"]))
        and (not languages or (article.language or "")[:2] in languages)
        and ("after" not in filters or (article.published_date_time or datetime.min.replace(tzinfo=UTC)) >= since)
    )


def by_date(live: Records, names: Any) -> list[str]:
    def moment(name: str) -> float:
        found = Article.read(live[name]).published_date_time
        return -found.timestamp() if found else math.inf

    return sorted(names, key=lambda name: (moment(name), name))


def counted(live: Records, names: list[str]) -> dict[str, Counter[int]]:
    found: dict[str, Counter[int]] = {name: Counter() for name in ("topics", "providers", "languages", "years")}
    for article in (Article.read(live[name]) for name in names):
        found["topics"].update({facet("topics", topic) for topic in article.topics})
        if article.provider:
            found["providers"][folded_hash(article.provider.domain or article.provider.name)] += 1
        if article.language:
            found["languages"][folded_hash(article.language[:2])] += 1
        if article.published_date_time:
            found["years"][article.published_date_time.year] += 1
    return found


@given(first=BATCH, steps=STEPS, filters=FILTERS, limit=st.integers(1, 4))
@examples(80)
def test_pages_and_counts_are_those_of_all_articles(first, steps, filters, limit):
    view, live = grown(first, steps)
    names = by_date(live, [name for name, record in live.items() if passes(record, name, filters)])
    where = spec_of(**filters)
    listed: list[str] = []
    after: Place | None = None
    while True:
        page = view.browse(where, limit, after, top=10)
        assert page.total == len(names)
        counts = {field: {each.value: each.articles for each in values} for field, values in page.counts.items()}
        assert counts == {field: dict(values) for field, values in counted(live, names).items()}
        assert {each.example for field, values in page.counts.items() for each in values if field != "years"} <= set(
            names
        )
        if not page.places:
            break
        assert len(page.places) <= limit
        listed += [place.article_id for place in page.places]
        after = page.places[-1]
    assert listed == names


@given(first=BATCH, steps=STEPS, limit=st.integers(1, 3))
@examples(60)
def test_what_is_there_all_the_time_is_on_one_page_whatever_is_written(first, steps, limit):
    listed: list[str] = []
    after: Place | None = None
    stays, states = dict(first), [first]
    for number in range(len(steps) + len(IDS) + 1):
        view, live = grown(first, steps[: min(number, len(steps))])
        states.append(live)
        stays = {name: record for name, record in stays.items() if live.get(name) == record}
        page = view.browse(spec_of(), limit, after)
        listed += [place.article_id for place in page.places]
        after = page.places[-1] if page.places else after
    assert [listed.count(name) for name in stays] == [1] * len(stays)


@given(first=BATCH, steps=STEPS, typed=st.sampled_from(["rain", "RAI", "t", "to", "tokyo", "東", "京タ"]))
@examples(80)
def test_titles_are_found_by_beginnings_of_words_in_their_order(first, steps, typed):
    view, live = grown(first, steps)
    begin = opening(typed)

    def tier(name: str) -> int:
        title = live[name]["title"]
        words, whole = title_words(title), opening(title)
        begins = any(word.startswith(begin) for word in words) or (begin == "京タ" and begin in whole)
        return 8 * (whole == begin) + 4 * whole.startswith(begin) + 2 * begins

    expected = [name for name in by_date(live, live) if tier(name)]
    expected.sort(key=tier, reverse=True)
    found = view.find(typed, len(IDS))
    assert found[: len(expected)] == expected
    assert set(found) <= set(live)
    assert view.find(typed, 1) == found[:1]
    kept = spec_of(language=["en"])
    assert set(view.find(typed, len(IDS), kept)) <= {name for name in live if "en" in live[name].get("language", "")}
