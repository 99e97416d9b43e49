"""The verdict on a run: how many articles have a list, and what to do about the others."""

from __future__ import annotations

from collections.abc import Iterator

from recommender.enrich.coverage import Coverage
from recommender.enrich.listing import Outcome
from recommender.pages import Verdict

_ADVICE = {
    "nothing is related enough": "Where nothing is related enough, an empty list is the honest answer; ranking.always "
    "in related.toml fills lists regardless, and a lower ranking.min_score makes all of them more generous.",
    "rules leave out what is related": "Where rules leave out what is related, related query ID --explain shows which.",
    "only copies of it are related": "Where only copies are related nothing is to be done: a list shows no copy of "
    "its own article.",
    "there is no other article": "Where there is no other article, build the collection from more of them.",
}
"""What to do about empty lists, by reason."""


def verdict_of_coverage(coverage: Coverage) -> Verdict:
    """Say how many of the articles that were asked for have a list, why others have none, and what to do."""
    return Verdict(_sentence(coverage), tuple(_notes(coverage)))


def _sentence(coverage: Coverage) -> str:
    because = coverage.empty_because
    empty = sum(because.values())
    asked = coverage.filled + empty
    if not coverage.files:
        return "No file was looked at, so there is nothing to say about lists."
    if not asked:
        return f"No list was made for {'the file' if coverage.files == 1 else f'any of {_files(coverage.files)}'}."
    if not empty:
        return f"{'The file' if asked == 1 else f'Every one of {_files(asked)}'} has a list of related articles."
    if len(because) == 1:
        reasons = f"because {next(iter(because))}"
    else:
        reasons = "; ".join(f"{count:,} because {why}" for why, count in because.most_common())
    share = f"{coverage.filled:,} of {_files(asked)} ({coverage.filled / asked:.1%})"
    return f"{share} {_have(coverage.filled)} a list of related articles; {empty:,} {_have(empty)} none, {reasons}."


def _notes(coverage: Coverage) -> Iterator[str]:
    yield from (_ADVICE[why] for why, _ in coverage.empty_because.most_common() if why in _ADVICE)
    if coverage.items and coverage.orphans:
        yield f"{coverage.orphans:,} of {coverage.articles:,} articles are in none of these lists; see below."
    if kept := len(coverage.kept):
        yield f"{_files(kept)} {_have(kept)} a related field that somebody else wrote; --overwrite replaces it."
    if without := coverage.outcomes[Outcome.NO_FIELD]:
        yield f"{_files(without)} {_have(without)} no front matter to write to; --into FILE writes one file for all."
    if coverage.without_address:
        yield (
            f"Articles without an address are never recommended: {coverage.without_address:,}; with [site] url in "
            "related.toml they get one."
        )
    if coverage.stale:
        yield f"{_files(coverage.stale)} changed since the collection was built; related build reads them again."
    if coverage.problems:
        yield f"Not done: {len(coverage.problems):,}; the reasons are below."


def _files(count: int) -> str:
    return f"{count:,} file{'s' if count != 1 else ''}"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
