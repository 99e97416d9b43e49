"""Verdicts of evaluation and tuning: what a reader should take from the figures, in a sentence."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from recommender.evaluation.evaluation import Evaluation, RunComparison
from recommender.evaluation.significance import SIGNIFICANT, Comparison, p_text
from recommender.pages import Verdict

if TYPE_CHECKING:
    from recommender.evaluation.tuning import Tuning

NAMED = 3
"""How many runs a sentence names before it counts the others."""
UNEQUALLY_JUDGED = 0.1
"""Runs whose shares of judged items differ by more cannot be compared without a warning."""


class Outcome(StrEnum):
    """The outcome of comparing a run with the first one by one metric."""

    BETTER = "better"
    WORSE = "worse"
    EQUAL = "equal"
    OPEN = "chance may explain it"


def outcome_of(comparison: Comparison, corrected: float) -> Outcome:
    """Return the outcome of a comparison, given its corrected p-value."""
    if corrected < SIGNIFICANT:
        return Outcome.BETTER if comparison.difference > 0 else Outcome.WORSE
    # Only where no query differs does no resample of the queries differ.
    return Outcome.OPEN if any((comparison.difference, comparison.low, comparison.high)) else Outcome.EQUAL


def queries_needed(comparisons: int) -> int:
    """Return with how many queries a difference can be shown at all.

    The smallest p-value of a two-sided randomisation test is 2 / 2^n, for n queries that all differ in one direction;
    Holm's correction multiplies it by the number of comparisons.
    """
    return math.floor(math.log2(comparisons / SIGNIFICANT)) + 2


def verdict_of_runs(found: Evaluation) -> Verdict:
    """Judge runs by their first metric."""
    if not found.against:
        sentence, notes = _alone(found)
    elif _is_too_small(found):
        sentence, notes = _too_few(found)
    elif len(found.against) == 1:
        sentence, notes = _two(found, found.against[0])
    else:
        sentence, notes = _several(found)
    return Verdict(sentence, (*notes, *_unanswered(found), *_unequally_judged(found)))


def verdict_of_tuning(tuning: Tuning) -> Verdict:
    """Say whether the learned scorer is kept, and why."""
    gain, learned = tuning.gain, tuning.means["learned"][0]
    is_kept = tuning.file is not None
    figures = (
        f"on {_articles(tuning.queries[1])} that it did not learn from, its nDCG@10 is "
        f"{_against(learned, learned - gain.difference)} of the default scorer, {_by_chance(gain.p_value)}"
    )
    if is_kept:
        return Verdict(
            f"The learned scorer is kept: {figures}.",
            (
                "It is learned once more from all judgements. Services and commands rank with it from their next "
                "answer on, unless --out has put it into a file; related tune --drop restores the default scorer.",
            ),
        )
    reason = "it ranks worse than the default scorer" if gain.high < 0 else "it has not been shown to rank better"
    return Verdict(
        f"The learned scorer is not kept, for {reason}: {figures}.",
        ("Nothing was changed. More judgements may help.",),
    )


def _alone(found: Evaluation) -> tuple[str, list[str]]:
    [system], metric = found.systems, found.metrics[0].name
    low, high = system.intervals[0]
    return (
        f"{system.name} has a mean {metric} of {system.means[0]:.3f} on {_articles(len(found.queries))}; for other "
        f"articles like these it would most likely lie between {low:.3f} and {high:.3f}.",
        ["Whether that is good only a comparison can tell: name a second run, such as one of another scorer."],
    )


def _is_too_small(found: Evaluation) -> bool:
    is_shown = any(_first_outcome(each) in {Outcome.BETTER, Outcome.WORSE} for each in found.against)
    return len(found.queries) < queries_needed(_comparisons(found)) and not is_shown


def _too_few(found: Evaluation) -> tuple[str, list[str]]:
    needed = queries_needed(_comparisons(found))
    return (
        f"{_articles(len(found.queries)).capitalize()} cannot show which run is better: with fewer than {needed}, "
        "chance may explain any difference.",
        ["Judge more articles: some fifty show a large difference, some hundreds a small one."],
    )


def _two(found: Evaluation, other: RunComparison) -> tuple[str, list[str]]:
    first, metric = found.systems[0].name, found.metrics[0].name
    mean, base = found.systems[1].means[0], found.systems[0].means[0]
    outcome = _first_outcome(other)
    if outcome is Outcome.EQUAL:
        return (
            f"{other.name} and {first} are equally good on every one of {_articles(len(found.queries))}: their "
            f"{metric} is {mean:.3f}.",
            [],
        )
    figures = f"{_against(mean, base)}, {_by_chance(other.corrected[0])}"
    if outcome is not Outcome.OPEN:
        return f"{other.name} is {outcome} than {first} by {metric}: {figures}.", []
    sentence = (
        f"No difference between {other.name} and {first} can be shown on {_articles(len(found.queries))}: "
        f"{metric} is {figures}."
    )
    return sentence, _why_open(found, [other])


def _several(found: Evaluation) -> tuple[str, list[str]]:
    first, metric = found.systems[0], found.metrics[0].name
    means = {system.name: system.means[0] for system in found.systems}
    by_outcome: defaultdict[Outcome, list[RunComparison]] = defaultdict(list)
    for other in sorted(found.against, key=lambda each: -means[each.name]):
        by_outcome[_first_outcome(other)].append(other)
    parts: list[str] = []
    for outcome, runs in by_outcome.items():
        baseline = first.name if parts else f"{first.name} ({first.means[0]:.3f})"
        if outcome in {Outcome.OPEN, Outcome.EQUAL}:
            said = _listed([f"{each.name} ({means[each.name]:.3f})" for each in runs])
        else:
            said = _listed([f"{each.name} ({means[each.name]:.3f}, {p_text(each.corrected[0])})" for each in runs])
        verb = "is" if len(runs) == 1 else "are"
        if outcome is Outcome.OPEN:
            parts.append(f"no difference from {baseline} can be shown for {said}")
        elif outcome is Outcome.EQUAL:
            parts.append(f"{said} {verb} equal to {baseline} on every article")
        else:
            parts.append(f"{said} {verb} {outcome} than {baseline}")
    notes = _why_open(found, by_outcome[Outcome.OPEN]) if Outcome.OPEN in by_outcome else []
    return f"By {metric} on {_articles(len(found.queries))}, {'; '.join(parts)}.", notes


def _why_open(found: Evaluation, runs: Sequence[RunComparison]) -> list[str]:
    """Say how large differences that were not shown may be, and whether they would count without the correction."""
    notes = []
    for each in runs[:NAMED]:
        difference, low, high, _ = each.comparisons[0]
        notes.append(
            f"The difference of {each.name} is {difference:+.3f}, and by its interval may lie anywhere between "
            f"{low:+.3f} and {high:+.3f}."
        )
    alone = [each for each in runs if each.comparisons[0].p_value < SIGNIFICANT]
    if alone:
        said = _listed([f"{each.name} ({p_text(each.comparisons[0].p_value)})" for each in alone])
        notes.append(
            f"Without the correction for {_comparisons(found)} comparisons a difference would count as shown for "
            f"{said}. If one measure was settled on beforehand, name it alone with --metrics."
        )
    return [*notes, "More judged articles would tell more."]


def _unanswered(found: Evaluation) -> list[str]:
    return [
        f"{system.name} has no list for {len(found.queries) - system.answered:,} of "
        f"{_articles(len(found.queries))}; each of these counts 0."
        for system in found.systems
        if system.answered < len(found.queries)
    ]


def _unequally_judged(found: Evaluation) -> list[str]:
    for row, metric in enumerate(found.metrics):
        if not metric.name.startswith("Judged"):
            continue
        shares = sorted((system.means[row], system.name) for system in found.systems)
        (least, name), (most, other) = shares[0], shares[-1]
        if most - least > UNEQUALLY_JUDGED:
            return [
                f"Of the first {metric.cutoff} items of {name} only {least:.0%} were judged, of those of {other} "
                f"{most:.0%}. What nobody judged counts as not relevant, so {name} may be better than its figures."
            ]
    return []


def _first_outcome(other: RunComparison) -> Outcome:
    return outcome_of(other.comparisons[0], other.corrected[0])


def _comparisons(found: Evaluation) -> int:
    return len(found.metrics) * len(found.against)


def _against(mean: float, other: float) -> str:
    """Write two figures, with a digit more where three would not tell them apart."""
    digits = 3 if f"{mean:.3f}" != f"{other:.3f}" else 4
    return f"{mean:.{digits}f} against {other:.{digits}f}"


def _by_chance(p_value: float) -> str:
    """Write a p-value in words."""
    if p_value < 0.001:
        often = "in fewer than one of 1,000 experiments"
    elif p_value < 0.1:
        often = f"in about {round(1000 * p_value)} of 1,000 experiments"
    elif p_value < 0.5:
        often = f"in about {round(100 * p_value)} of 100 experiments"
    else:
        often = "more often than not"
    return f"a difference that chance alone would produce {often}"


def _articles(count: int) -> str:
    return f"{count:,} judged article{'s' if count != 1 else ''}"


def _listed(names: Sequence[str]) -> str:
    shown = [*names] if len(names) <= NAMED + 1 else [*names[:NAMED], f"{len(names) - NAMED:,} others"]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]
