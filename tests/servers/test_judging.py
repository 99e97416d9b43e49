"""`related judge` as it is run, stopped and killed."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from support.judging import ALL, first_query, grade, items
from support.serving import judging, judging_here, problem

from recommender.evaluation import Judgements


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped(site_copy: Path, stop: signal.Signals):
    # A shell's background job has Ctrl-C turned off, and what it starts would too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with judging(site_copy, "--number", 1) as running:
        running.process.send_signal(stop)
        assert running.process.wait(60) == 0
    Judgements(site_copy / "judgements.jsonl").close()


def test_judging_goes_on_where_it_was_left_even_after_a_kill(site_copy: Path):
    with judging(site_copy, "--number", 3, "--depth", 2) as running:
        query = first_query(running)
        shown = items(running, query)
        for number, article in enumerate(shown):
            grade(running, query, article, number % 3)
        running.process.kill()
        running.process.wait()
    # The end of a line that a kill left.
    with (site_copy / "judgements.jsonl").open("ab") as stream:
        stream.write(b'{"query": "half')
    with judging_here(site_copy, number=3, depth=2) as running:
        assert list(items(running, query).items()) == [(name, number % 3) for number, name in enumerate(shown)]
        progress = running.writer.get(ALL).json()
        assert progress["judgements"] == len(shown)
        assert progress["queries"][0]["graded"] == progress["queries"][0]["pool"] == len(shown)
        assert progress["queries"][1]["pool"] is None
        with running.client_of("old") as client:
            problem(client.get(ALL), "unauthorized")
