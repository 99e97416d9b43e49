"""The page of a tuning."""

from __future__ import annotations

from dataclasses import replace

from support.reports import tuned

from recommender.evaluation.tuning_report import render_tuning, skill


def test_calibration_stands_beside_that_of_the_base_rate():
    page = render_tuning(tuned())
    assert "Promising the base rate every time would have an ECE of 0.0200" in page
    assert "The learned scorer's ECE is 0.1000" in page
    for figure in ("0.1500", "0.2400"):
        assert f'<td class="number">{figure}</td>' in page
    assert "p &lt; 0.001" in page


def test_probabilities_without_skill_are_called_so():
    reliability = tuned().reliability
    assert "0.1500 against 0.2400 of the base rate, 38% less" in skill(reliability)
    assert skill(replace(reliability, brier=0.25)).startswith("Its probabilities tell no more than the base rate does")
