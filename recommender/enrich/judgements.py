"""Relevance judgements from a site's own related fields; fields that `enrich` wrote are left out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from recommender.article import Article
from recommender.config import Settings
from recommender.enrich.record import Record, hash_block
from recommender.errors import InputError, RelatedError, SourceError
from recommender.sources import SiteFolder, Skipped
from recommender.sources.base import reason
from recommender.sources.json_field import canonical_json
from recommender.sources.json_lines import JsonLinesFile, too_long
from recommender.text import url_key


class SiteJudgement(NamedTuple):
    """An article's id and the ids that its related field names, in order."""

    article_id: str
    related: tuple[str, ...]


class LeftOut(StrEnum):
    """Why fields and items are left out."""

    WRITTEN_HERE = "fields that related enrich wrote"
    NOT_HERE = "items whose article is not in the site"
    AMBIGUOUS = "items whose webUrl several articles have"
    OWN = "items that name the article itself"
    REPEATED = "items that stand twice in a list"
    UNREADABLE = "items without a webUrl"


@dataclass
class JudgementCounts:
    """Counts of the judgements found, and of what was left out.

    Attributes:
        articles: Articles read.
        lists: Articles with a related field of the site's own.
        pairs: Judgements.
        omitted: Fields and items that were left out.
        problems: Files and lines that could not be read.
    """

    articles: int = 0
    lists: int = 0
    pairs: int = 0
    omitted: Counter[LeftOut] = field(default_factory=Counter)
    problems: list[RelatedError] = field(default_factory=list)

    def left_out(self) -> list[tuple[str, int]]:
        """Return what was left out, as a text and a count; nothing that counts 0."""
        return [(str(reason), self.omitted[reason]) for reason in LeftOut if self.omitted[reason]]


class _ReadArticle(NamedTuple):
    """An article, its place, and a function that reads its related field."""

    article: Article
    where: str
    value: Callable[[], Any]


def judge(site: Path, judgements: JudgementCounts, settings: Settings | None = None) -> Iterator[SiteJudgement]:
    """Yield every article that has a related field of the site's own, in file order.

    Args:
        site: A folder of article files, or a file of JSON lines.
        judgements: Counts to update.
        settings: Which files are articles.

    Raises:
        SourceError: If the site does not exist.
    """
    settings = settings or Settings()
    of_url: dict[str, list[str]] = {}
    for found in _read(site, settings, JudgementCounts()):
        if found.article.web_url and (key := url_key(found.article.web_url)):
            of_url.setdefault(key, []).append(found.article.id or "")
    for found in _read(site, settings, judgements):
        judgements.articles += 1
        try:
            items = found.value()
        except RelatedError as error:
            problem = InputError(f"the related field cannot be read: {error.what}", where=found.where)
            judgements.problems.append(problem)
            continue
        if items in (None, [], {}, ""):
            continue
        judgements.lists += 1
        related = tuple(_ids(found.article, items, of_url, judgements))
        judgements.pairs += len(related)
        if related:
            yield SiteJudgement(found.article.id or "", related)


def articles_of(site: Path, judgements: JudgementCounts, settings: Settings | None = None) -> Iterator[Article]:
    """Yield every article of a site, in file order.

    Args:
        site: A folder of article files, or a file of JSON lines.
        judgements: Takes the files and lines that could not be read.
        settings: Which files are articles.

    Raises:
        SourceError: If the site does not exist.
    """
    return (found.article for found in _read(site, settings or Settings(), judgements))


def _read(site: Path, settings: Settings, judgements: JudgementCounts) -> Iterator[_ReadArticle]:
    if site.is_dir():
        return _read_folder(site, Record(site), settings, judgements)
    if site.is_file():
        return _read_lines(site, Record(site.parent, of_lines=True), settings, judgements)
    raise SourceError("there is no such file or folder", where=str(site), hint="check the SITE path")


def _given(value: Any) -> Callable[[], Any]:
    return lambda: value


def _ids(article: Article, items: Any, of_url: dict[str, list[str]], judgements: JudgementCounts) -> Iterator[str]:
    seen: set[str] = set()
    for item in items if isinstance(items, list) else [items]:
        address = item.get("webUrl") if isinstance(item, dict) else None
        key = url_key(address) if isinstance(address, str) else None
        named = of_url.get(key, []) if key else None
        if named is None:
            why = LeftOut.UNREADABLE
        elif article.id in named:
            why = LeftOut.OWN
        elif not named:
            why = LeftOut.NOT_HERE
        elif len(named) > 1:
            why = LeftOut.AMBIGUOUS
        elif named[0] in seen:
            why = LeftOut.REPEATED
        else:
            seen.add(named[0])
            yield named[0]
            continue
        judgements.omitted[why] += 1


def _read_folder(site: Path, record: Record, settings: Settings, judgements: JudgementCounts) -> Iterator[_ReadArticle]:
    folder = SiteFolder(site, settings)
    for page in folder.files():
        if isinstance(page, Skipped):
            continue
        try:
            read = folder.read(page, page.state())
            if isinstance(read, Skipped):
                continue
            found = read.related_field()
            ours = found is not None and record.find(page.target_path, hash_block(found.block)) is not None
            judgements.omitted[LeftOut.WRITTEN_HERE] += ours
            yield _ReadArticle(read.article, page.file, _given(None) if found is None or ours else found.value)
        except OSError as error:
            judgements.problems.append(InputError(f"the file cannot be read: {reason(error)}", where=page.file))
        except RelatedError as error:
            judgements.problems.append(error.within(page.file))


def _read_lines(site: Path, record: Record, settings: Settings, judgements: JudgementCounts) -> Iterator[_ReadArticle]:
    max_bytes, source = settings.sources.max_file_bytes, JsonLinesFile(site, settings)
    for number, line in source.lines():
        try:
            if line is None:
                raise too_long(max_bytes)
            article = source.article(line, number)
            if isinstance(article, Skipped):
                continue
            related = json.loads(line.decode("utf-8-sig")).get("related")
            ours = record.find(article.id or "", hash_block(canonical_json(related))) is not None
            judgements.omitted[LeftOut.WRITTEN_HERE] += ours
            yield _ReadArticle(article, f"{site}, line {number}", _given(None if ours else related))
        except RelatedError as error:
            judgements.problems.append(error.within(f"{site}, line {number}"))
