"""Learned scorers made by hand, and an invented site whose relatedness the default scorer gets wrong."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from recommender.ranking.learned import LearnedScorer, ScorerFile, Tree
from support.encoders import CountingEncoder

Record = dict[str, Any]
Judged = dict[str, dict[str, int]]

NAMES = ("Abrantes", "Birkeland", "Cordova", "Dunmore", "Esterhazy", "Fonseca", "Galloway", "Holmberg")
MEMBERS = 4
"""So many articles tell of one event."""


def require_lightgbm() -> Any:
    """LightGBM, or the test is skipped: it is an extra, and needs the system's OpenMP."""
    try:
        import lightgbm
    except (ImportError, OSError) as error:
        pytest.skip(f"lightgbm cannot be loaded: {error}")
    return lightgbm


def near_days(days: float = 3.0) -> Tree:
    """A tree that calls related what lies at most so many days apart, by the first feature."""
    return Tree(feature=(0,), threshold=(days,), unknown_left=(False,), left=(-1,), right=(-2,), value=(1.0, -1.0))


def scorer_file(**changed: Any) -> ScorerFile:
    """A scorer that goes by closeness in time alone, for vectors of the counting encoder."""
    fields: dict[str, Any] = {
        "encoder": CountingEncoder.fingerprint,
        "features": ("days_apart",),
        "near_in_time": 2,
        "min_score": 0.0,
        "slope": 2.0,
        "intercept": 0.5,
        "learned": {"judgements": "by hand"},
        "trees": (near_days(),),
    }
    return ScorerFile(**{**fields, **changed})


def hand_made(**changed: Any) -> LearnedScorer:
    """The same, ready to score."""
    return LearnedScorer(scorer_file(**changed), "by hand")


def invented_site(events: int = 60, *, dated: bool = True, seed: int = 0) -> tuple[list[Record], Judged]:
    """Articles of events, and which belong to one event.

    Related is what has the same name in the title and is at most two days apart. Each article also shares most of its
    words, of a theme, with articles of other events.
    """
    chance = random.Random(seed)
    start = datetime(2021, 1, 1, tzinfo=UTC)
    words = (f"{first}{middle}{last}" for first in "bdfgk" for middle in ("ar", "el", "in", "or") for last in _ENDS)
    themes = [list(islice(words, 8)) for _ in range(events)]
    records: list[Record] = []
    members: defaultdict[int, list[str]] = defaultdict(list)
    places = [place for place in range(events) for _ in range(MEMBERS)]
    drawn = chance.sample(places, len(places))
    for number, event in enumerate(places):
        article_id = f"a{number:03}"
        theme = themes[drawn[number]]
        moment = start + timedelta(days=6 * event, hours=chance.randrange(48))
        record = {
            "id": article_id,
            "title": " ".join([NAMES[event % len(NAMES)], *chance.sample(theme, 4)]),
            "excerpt": " ".join(chance.choices(theme, k=15)),
            "webUrl": f"https://site.example/{article_id}",
        }
        records.append(record | ({"publishedDateTime": moment.isoformat()} if dated else {}))
        members[event].append(article_id)
    return records, {one: {other: 1 for other in group if other != one} for group in members.values() for one in group}


_ENDS = tuple(f"{first}{second}{third}" for first in "lmnrst" for second in "aeiou" for third in "bdgkp")


def shuffled(judged: Judged, seed: int = 0) -> Judged:
    """As many judgements of each query, of articles drawn at random."""
    chance = random.Random(seed)
    everything = sorted(judged)
    return {
        query: {other: 1 for other in chance.sample(everything, len(grades) + 1) if other != query}
        for query, grades in judged.items()
    }


def qrels_text(judged: Judged) -> str:
    """Judgements as TREC's files have them."""
    return "".join(f"{query} 0 {other} {grade}\n" for query, each in judged.items() for other, grade in each.items())
