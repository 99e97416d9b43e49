"""Reports of a tuning: a summary in plain words, and an HTML page."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

from recommender.evaluation.meanings import CALIBRATION, SHARE, TUNING
from recommender.evaluation.significance import p_text
from recommender.evaluation.tuning import Reliability, Tuning
from recommender.evaluation.verdicts import verdict_of_tuning
from recommender.pages import render_page

TOO_GOOD = 0.98
"""A mean above this suggests that a feature leaks the answer."""
MIN_SHOWN_SHARE = 0.02

_WORDS = {
    "days_apart": "closeness in time",
    "title": "words that titles share",
    "title_overlap": "words that titles share",
    "rarest_title_word": "words that titles share",
    "shared_names": "names and numbers in titles",
    "cosine": "likeness in meaning",
    "text": "words that whole texts share",
    "same_topics": "topics",
    "same_provider": "the outlet",
    "quality": "an article's quality",
    "title_length": "the length of titles",
}


def matters(tuning: Tuning) -> dict[str, float]:
    """Return the share of the total gain by group of features, in words, largest first."""
    shares: defaultdict[str, float] = defaultdict(float)
    for name, share in tuning.importances.items():
        shares[_WORDS.get(name, name)] += share
    return dict(sorted(shares.items(), key=lambda each: -each[1]))


def summary(tuning: Tuning) -> list[str]:
    """Return the summary, one line per point."""
    learned, tested = tuning.queries
    parted = {
        "time": f"published before {tuning.split.cut}, and tested on {tested:,} published since",
        "story": f"of some stories, and tested on {tested:,} of others",
        "article": f"drawn at random, and tested on {tested:,} others",
    }[tuning.split.by.value]
    parts = [f"{word} ({share:.0%})" for word, share in matters(tuning).items() if share >= MIN_SHOWN_SHARE]
    first = f"On this site what matters most is {parts[0]}"
    lines = [
        f"Learned from {learned:,} articles {parted}.",
        first + (f", then {', then '.join(parts[1:4])}." if parts[1:] else "."),
    ]
    mean = tuning.means["learned"][0]
    if mean >= TOO_GOOD:
        lines.append(
            f"Lists this good ({mean:.3f}) are rarely real: check whether {next(iter(matters(tuning)))} gives the "
            "answer away, as dates set by a crawler do."
        )
    return lines


def skill(reliability: Reliability) -> str:
    """Say whether the probabilities tell more than the base rate does."""
    brier, base = reliability.brier, reliability.base_brier
    figures = f"the Brier score, which is small only if they do, is {brier:.4f} against {base:.4f} of the base rate"
    if brier < base:
        return f"Its probabilities tell related items from others: {figures}, {1 - brier / base:.0%} less."
    return f"Its probabilities tell no more than the base rate does: {figures}."


def render_tuning(tuning: Tuning) -> str:
    """Render the page with figures, calibration and feature importances; all text is escaped."""
    verdict = verdict_of_tuning(tuning)
    return render_page(
        "tuning",
        tuning=tuning,
        verdict=verdict._replace(notes=(*verdict.notes, *summary(tuning))),
        at=datetime.now(UTC),
        skill=skill(tuning.reliability),
        p=p_text(tuning.gain.p_value),
        terms=TUNING,
        share_term=SHARE,
        calibration_terms=CALIBRATION,
        matters={word: share for word, share in matters(tuning).items() if share > 0},
    )
