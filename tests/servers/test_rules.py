"""Editors' rules in several workers, and after a kill."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import httpx2
from support.answering import ACLU, REUTERS
from support.serving import path_of, serving


def shown(client: httpx2.Client) -> list[str]:
    return [item["id"] for item in client.get(path_of(ACLU, "/related")).json()["related"]]


def test_an_acknowledged_rule_survives_a_kill_and_holds_for_every_worker(module_copy: Callable[[], Path]):
    collection = module_copy()
    with serving(collection, "--workers", 2) as server:
        new = {"params": {"editor": "Ann"}, "json": {"blocked": [REUTERS]}, "headers": {"if-match": '"r0"'}}
        assert server.writer.patch(path_of(ACLU, "/rules"), **new).status_code == 200
        # New connections are taken by one worker or the other.
        for _ in range(12):
            with server.client_of() as client:
                assert REUTERS not in shown(client)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(60)
    with serving(collection) as server:
        assert REUTERS not in shown(server.client)
