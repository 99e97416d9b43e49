"""Resolves references to articles (id, address, file, path or slug), with suggestions for unknown ones."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from heapq import nlargest
from pathlib import Path, PurePosixPath

from recommender.collection import Collection
from recommender.errors import NotFoundError

NEAREST = 3
_DATED = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}[-_]")
_SUFFIX = re.compile(r"\.(?:md|markdown|mdx|rst|html?|txt)$", re.IGNORECASE)
_LEAST_LIKENESS = 0.2


def find_reference(collection: Collection, reference: str) -> str:
    """Return the id of the article that an id, a webUrl, a file, a path below the site, or a slug names.

    Raises:
        NotFoundError: If it names none (with the three most similar ids) or several (with some of them).
        SharedUrlError: If it is a webUrl of several articles.
    """
    try:
        return collection.resolve(reference)
    except NotFoundError as error:
        with contextlib.suppress(OSError, ValueError):
            if Path(reference).is_file():
                of_file = collection.article_of_file(Path(reference))
                if of_file is not None:
                    return of_file
        wanted = _SUFFIX.sub("", reference.strip().removeprefix("./")).strip("/")
        found = [article_id for article_id, steps in _named(collection) if wanted and _fits(wanted, article_id, steps)]
        if len(found) == 1:
            return found[0]
        if found:
            raise NotFoundError(
                f"{reference} is ambiguous between {len(found)} articles: {', '.join(found[:NEAREST])}",
                expected="the id of one of them",
            ) from None
        near = _nearest(collection, wanted)
        error.expected = "an id, a webUrl, a file or a slug of an article"
        error.hint = f"did you mean {' or '.join(near)}?" if near else "related inspect SITE shows what is read"
        raise error from None


def _named(collection: Collection) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every id, with the last steps of the article's path and address, and the path of the address."""
    for article_id, url_key in collection.store.named_articles():
        below_host = _SUFFIX.sub("", url_key.partition("/")[2])
        yield article_id, (_last_step(article_id), _last_step(url_key), below_host)


def _last_step(path: str) -> str:
    steps = PurePosixPath(path).parts
    last = steps[-1] if steps else ""
    if last == "index" and len(steps) > 1:
        last = steps[-2]
    return _DATED.sub("", _SUFFIX.sub("", last))


def _fits(wanted: str, article_id: str, steps: tuple[str, ...]) -> bool:
    if "/" in wanted:
        is_path = article_id.endswith(f"/{wanted}") or wanted.endswith(f"/{article_id}")
        return is_path or wanted in {article_id, steps[-1]}
    return _DATED.sub("", wanted) in steps[:-1]


def _nearest(collection: Collection, wanted: str) -> list[str]:
    """Return the ids whose last step shares the most trigrams with `wanted`."""
    asked = _trigrams(_last_step(wanted) or wanted)

    def likeness(named: tuple[str, tuple[str, ...]]) -> float:
        return max(
            (len(asked & own) / len(asked | own) for step in named[1][:-1] if (own := _trigrams(step))), default=0.0
        )

    best = nlargest(NEAREST, ((likeness(named), named[0]) for named in _named(collection)))
    return [article_id for score, article_id in best if score >= _LEAST_LIKENESS]


def _trigrams(text: str) -> frozenset[str]:
    padded = f"  {text.casefold()} "
    return frozenset(padded[place : place + 3] for place in range(len(padded) - 2))
