"""Random articles and batches."""

from __future__ import annotations

from random import Random
from typing import Any

BEGINNINGS, ENDINGS = ("har", "win", "gar", "mar", "ca", "tu"), ("bour", "ter", "den", "ket", "stle")
WORDS = [beginning + ending for beginning in BEGINNINGS for ending in ENDINGS]
TOPICS = ("News", "Sport", "Culture", "Weather")
PROVIDERS = ({"name": "The Gazette", "domain": "gazette.example"}, {"name": "Evening Post"})


def random_text(random: Random, count: int) -> str:
    return " ".join(random.choices(WORDS, k=count))


def random_record(random: Random, article_id: str) -> dict[str, Any]:
    """An article with some of the fields that one can have; few titles, so that texts are shared now and then."""
    record: dict[str, Any] = {"id": article_id, "title": random_text(random, random.choice((1, 4, 6)))}
    if random.random() < 0.6:
        record["excerpt"] = random_text(random, 12)
    if random.random() < 0.8:
        day, hour = random.randint(1, 28), random.randint(0, 23)
        record["publishedDateTime"] = f"2024-{random.randint(1, 12):02}-{day:02}T{hour:02}:00:00Z"
    if random.random() < 0.7:
        record["webUrl"] = f"https://site.example/{article_id}-{random.randint(0, 2)}"
    if random.random() < 0.7:
        record["topics"] = random.sample(TOPICS, random.randint(1, 2))
    if random.random() < 0.5:
        record["provider"] = random.choice(PROVIDERS)
    if random.random() < 0.3:
        record["season"] = random.choice(("spring", "autumn"))
    if random.random() < 0.2:
        record["secured"] = f"sealed {random.random()}"
    return record


def random_batch(random: Random, stored: list[str], pool: int, most: int = 8) -> tuple[list[dict[str, Any]], list[str]]:
    """Upserts of new and stored articles, and deletes, of ids `a0` to `a{pool - 1}`."""
    names = [f"a{number}" for number in random.sample(range(pool), random.randint(1, most))]
    known = set(stored)
    # The fewer there are the more are added, so that their number stays near two thirds of the pool.
    keep = 0.9 if len(known) < pool * 2 // 3 else 0.5
    upserts = [random_record(random, name) for name in names if name not in known or random.random() < keep]
    chosen = {record["id"] for record in upserts}
    return upserts, [name for name in names if name not in chosen]
