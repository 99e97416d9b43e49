"""Damage done to files, and every question that a collection can be asked."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from recommender.errors import NotFoundError, SharedUrlError
from recommender.related.answer import RelatedArticles
from recommender.related.options import Options
from recommender.related.recommender import Recommender


def ask_everything(path: Path) -> dict[str, Any]:
    """Every answer of a collection opened anew: rankings, what is shown, filters, titles, the articles."""
    with closing(Recommender.open(path)) as recommender, recommender.collection.reading() as view:
        ids = list(view.ids())
        everything: dict[str, Any] = {
            scorer: {asked: list(best.items()) for asked, best in recommender.rank(scorer=scorer).items()}
            for scorer in ("default", "dense")
        }
        shown = {asked: recommender.related(asked, min_score=0.5, top_k=5, reasons=False) for asked in ids}
        everything["related"] = {asked: scores_of(related) for asked, related in shown.items()}
        options = Options(after="2024-03-01", topic=["News", "Sport"], exclude=ids[:3], scorer="dense")
        filtered = (recommender.related(asked, options, reasons=False) for asked in ids[:5])
        everything["filtered"] = list(map(scores_of, filtered))
        everything["records"] = records = {asked: related.article.to_record() for asked, related in shown.items()}
        # Equal titles share the first places.
        everything["titles"] = [asked in view.find(record["title"], len(ids)) for asked, record in records.items()]
        addresses = [record["webUrl"] for record in records.values() if "webUrl" in record]
        everything["addresses"] = [named(recommender, address) for address in addresses]
        everything["unknown"] = [named(recommender, name) for name in ("a99", "https://site.example/none")]
        return everything


def scores_of(related: RelatedArticles) -> list[tuple[str, float]]:
    return [(item.article_id, item.score) for item in related]


def named(recommender: Recommender, reference: str) -> str:
    """What a reference names, or what is said about it."""
    try:
        return recommender.collection.resolve(reference)
    except (NotFoundError, SharedUrlError) as error:
        return type(error).__name__


def flip(file: Path, place: int, random: Random) -> int:
    """Change one byte to another; to which."""
    with file.open("r+b") as stream:
        stream.seek(place)
        byte = stream.read(1)[0] ^ random.randrange(1, 256)
        stream.seek(place)
        stream.write(bytes([byte]))
    return byte


def random_places(folder: Path, random: Random, count: int) -> list[tuple[Path, int]]:
    """Places in the files of a folder: one in each file, then anywhere, as likely in each byte."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    sizes = [file.stat().st_size for file in files]
    chosen = [*files, *random.choices(files, sizes, k=count - len(files))]
    return [(file.relative_to(folder), random.randrange(file.stat().st_size)) for file in chosen]


def page_headers(database: Path) -> list[int]:
    """Where the file's own header and the headers of its pages stand."""
    data = database.read_bytes()
    size = int.from_bytes(data[16:18], "big")
    return [*range(108), *(start + at for start in range(size, len(data), size) for at in range(12))]


def places_of(database: Path, text: bytes) -> list[int]:
    """Where a text stands in a file."""
    data, found, start = database.read_bytes(), [], 0
    while (place := data.find(text, start)) >= 0:
        found.append(place)
        start = place + 1
    return found
