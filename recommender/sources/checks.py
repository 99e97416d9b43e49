"""Checks of a build's sources: none lies inside another, and at least one has an article."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recommender.errors import SourceError
from recommender.sources.base import Source
from recommender.sources.survey import Survey
from recommender.text import url_key


def place_of(location: Path | str, path: str) -> str:
    """Return the place of a source's entry to show in messages."""
    if isinstance(location, str):
        return path
    return str(location if location.name == path else location / path)


def refuse_empty(sources: Sequence[Source]) -> None:
    """Refuse sources without any article; a live site counts as having some.

    Raises:
        SourceError: If there is none; it says what was found instead.
    """
    surveys = []
    for source in sources:
        survey = Survey()
        surveys.append((source, survey))
        if isinstance(source.location, str):
            return
        try:
            for _ in survey.watch(source.scan({})):
                if survey.articles or survey.unreadable:
                    return
        except SourceError:
            return  # the build raises it again
    if surveys:
        raise no_article(*surveys[0])


def no_article(source: Source, survey: Survey) -> SourceError:
    """Build the error for a source without articles: what was found instead, and what to set."""
    kinds = [
        f"{count:,} {reason} (such as {survey.skipped_examples[reason][0]})"
        for reason, count in survey.skipped.most_common(5)
    ]
    hint = "related inspect shows what is skipped and why"
    if not isinstance(source.location, str):
        hint += '; include = ["*.txt"] under [sources] in related.toml adds other files'
    what = f"there is no article: {'; '.join(kinds) if kinds else 'it is empty'}"
    return SourceError(what, where=str(source.location), expected="articles that readers may see", hint=hint)


def refuse_nested(sources: Sequence[Source]) -> None:
    """Refuse a source that is given twice or lies inside another.

    Raises:
        SourceError: If there is one; it names both.
    """
    places = [source.location if isinstance(source.location, str) else source.location.resolve() for source in sources]
    for number, place in enumerate(places):
        for other in places[:number] + places[number + 1 :]:
            if _lies_within(place, other):
                what = f"the source lies within another one, {other}"
                raise SourceError(what, where=str(place), expected="separate sources")


def _lies_within(place: Path | str, other: Path | str) -> bool:
    if isinstance(place, Path) and isinstance(other, Path):
        return place.is_relative_to(other)
    return isinstance(place, str) and isinstance(other, str) and url_key(place) == url_key(other)
