"""What a build checks of its sources: that none lies in another, and that there is an article at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recommender.errors import SourceError
from recommender.sources.base import Source
from recommender.sources.survey import Survey
from recommender.text import url_key


def place_of(location: Path | str, path: str) -> str:
    """Where something in a source stands, for people."""
    if isinstance(location, str):
        return path
    return str(location if location.name == path else location / path)


def refuse_empty(sources: Sequence[Source]) -> None:
    """Refuse to begin where no source has an article; a live site has answered already.

    Raises:
        SourceError: Saying what lies there.
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
            return  # the build meets it again, and says so
    if surveys:
        raise no_article(*surveys[0])


def no_article(source: Source, survey: Survey) -> SourceError:
    """What to raise where a source gave no article: what lies there, and what to set."""
    kinds = [
        f"{count:,} {reason} (such as {survey.skipped_examples[reason][0]})"
        for reason, count in survey.skipped.most_common(5)
    ]
    return SourceError(
        f"there is no article: {'; '.join(kinds) if kinds else 'it is empty'}",
        where=str(source.location),
        expected="articles that readers may see",
        hint="related inspect shows what is passed over and why"
        if isinstance(source.location, str)
        else 'related inspect shows what is passed over and why; include = ["*.txt"] under [sources] in related.toml '
        "names other files",
    )


def refuse_nested(sources: Sequence[Source]) -> None:
    """Refuse sources of which one is, or lies in, another.

    Raises:
        SourceError: Naming both.
    """
    places = [source.location if isinstance(source.location, str) else source.location.resolve() for source in sources]
    for number, place in enumerate(places):
        for other in places[:number] + places[number + 1 :]:
            if _lies_within(place, other):
                raise SourceError(
                    f"the source lies within another one, {other}", where=str(place), expected="each article read once"
                )


def _lies_within(place: Path | str, other: Path | str) -> bool:
    """Whether a source is another one, or lies in its folder."""
    if isinstance(place, Path) and isinstance(other, Path):
        return place.is_relative_to(other)
    return isinstance(place, str) and isinstance(other, str) and url_key(place) == url_key(other)
