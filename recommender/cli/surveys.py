"""Summaries of a source's survey for `build` and `inspect`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.cli.output import count_of, say
from recommender.errors import one_line

if TYPE_CHECKING:
    from recommender.config import Settings
    from recommender.sources import Source
    from recommender.sources.survey import Advice, Survey

SHOWN_NOTES = 20
_NAMES = {"wordpress": "WordPress", "ghost": "Ghost", "json": "JSON"}


def kind_of(source: Source) -> str:
    """Return the kind of a source and how it was detected."""
    profile = getattr(source, "profile", None)
    if profile is not None:
        return f"{profile.generator} ({profile.evidence})"
    return " ".join(_NAMES.get(word, word) for word in source.kind.split("_"))


def advice_of(source: Source, survey: Survey, settings: Settings) -> list[Advice]:
    """Return what lowers the quality of answers, and what to do about it."""
    from recommender.embedding.models import languages_of

    return survey.advice(languages_of(settings.encoder.model))


def say_survey(source: Source, survey: Survey, settings: Settings) -> None:
    """Print the kind of a source, what was skipped, and what lowers the quality of answers."""
    skipped = f"; skipped: {survey.passed_over()}" if survey.skipped else ""
    say(one_line(f"{source.location}: {kind_of(source)}, {count_of(survey.articles, 'article')} read{skipped}"))
    for note in survey.notes()[:SHOWN_NOTES]:
        say(f"note: {one_line(note)}")
    for advice in advice_of(source, survey, settings):
        say(one_line(f"warning: {advice.what} (hint: {advice.hint})"))
