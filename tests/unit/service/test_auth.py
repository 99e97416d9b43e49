"""Keys, addresses and rates, without a server."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.requests import Request

from service import auth
from service.auth import Gatekeeper
from service.problems import ServiceError
from service.rate_limits import RateLimit, SQLiteStorage
from service.settings import ServiceSettings, digest_key

WRITERS, READERS = ("w1", "w2", "w3"), ("r1", "r2")

Keeper = Callable[..., Gatekeeper]


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SQLiteStorage]:
    with closing(SQLiteStorage(tmp_path / "rates")) as opened:
        yield opened


@pytest.fixture
def keeper(storage: SQLiteStorage, tmp_path: Path) -> Keeper:
    def make(**settings: object) -> Gatekeeper:
        chosen = {
            "write_keys": tuple(map(digest_key, WRITERS)),
            "read_keys": tuple(map(digest_key, READERS)),
            "failure_rate": "",
            **settings,
        }
        return Gatekeeper(ServiceSettings.read(collection=tmp_path, **chosen), storage)

    return make


def request(address: str = "192.0.2.1", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw, "client": (address, 1)})


@pytest.mark.parametrize("key", [*WRITERS, *READERS, "none of them"])
def test_every_digest_is_compared_in_constant_time_whatever_matches(keeper, monkeypatch, key: str):
    compared: list[str] = []

    def counting(offered: str, known: str) -> bool:
        compared.append(known)
        return hmac.compare_digest(offered, known)

    kept = keeper()
    monkeypatch.setattr(auth, "hmac", type("counted", (), {"compare_digest": staticmethod(counting)}))
    try:
        kept.admit(request(authorization=f"Bearer {key}"), writes=False)
    except ServiceError as error:
        assert (error.kind, key) == ("unauthorized", "none of them")
    assert sorted(compared) == sorted(map(digest_key, [*WRITERS, *READERS]))


def test_a_forwarded_address_is_believed_from_trusted_proxies_alone(keeper):
    for client, forwarded, address in [
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),  # not a proxy that is trusted
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7, 203.0.113.9", "203.0.113.9"),  # the first is what the client said itself
        ("10.0.0.1", "198.51.100.7, 203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9,nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("2001:db8::1", "2001:db8:f::9", "2001:db8:f::9"),
        ("", "203.0.113.9", ""),
    ]:
        kept = keeper(trusted_proxies="10.0.0.0/8, 2001:db8::1")
        headers = {} if forwarded is None else {"x_forwarded_for": forwarded}
        assert kept.address_of(request(client, **headers)) == address


def test_nobody_is_believed_by_default(keeper):
    assert keeper().address_of(request("127.0.0.1", x_forwarded_for="203.0.113.9")) == "127.0.0.1"


def test_rates_are_counted_by_key_or_address(keeper):
    kept = keeper(read_rate="2/day", read_open=True)
    for caller in ({}, {"authorization": "Bearer r1"}, {"authorization": "Bearer r2"}, {"address": "192.0.2.2"}):
        for _ in range(2):
            kept.admit(request(**caller), writes=False)
        with pytest.raises(ServiceError) as caught:
            kept.admit(request(**caller), writes=False)
        assert caught.value.kind == "rate-limited"
        assert 1 <= caught.value.retry_after <= 86_400


def test_failures_of_one_address_stop_no_other(keeper):
    kept = keeper(failure_rate="1/day")
    for kind in ("unauthorized", "rate-limited"):
        with pytest.raises(ServiceError) as caught:
            kept.admit(request(authorization="Bearer wrong"), writes=False)
        assert caught.value.kind == kind
    kept.admit(request("192.0.2.2", authorization="Bearer r1"), writes=False)


def test_two_storages_of_one_file_count_together(storage: SQLiteStorage, tmp_path: Path):
    with closing(SQLiteStorage(tmp_path / "rates")) as other:
        limiters = [RateLimit(each, "4/day", "read") for each in (storage, other)]
        assert [limiters[turn % 2].wait("a") is None for turn in range(6)] == [True] * 4 + [False] * 2
        assert limiters[0].wait("b") is None
        storage.reset()
        assert limiters[1].wait("a") is None


def test_a_window_that_ended_is_counted_anew(storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch):
    assert [storage.incr("a", 10) for _ in range(3)] == [1, 2, 3]
    now = storage.get_expiry("a")
    monkeypatch.setattr("service.rate_limits.time.time", lambda: now + 1)
    assert storage.get("a") == 0
    assert storage.incr("a", 10) == 1
    storage.clear("a")
    assert storage.get("a") == 0
    assert storage.check()


def test_counts_that_ended_do_not_pile_up(storage: SQLiteStorage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("service.rate_limits._SWEEP_EVERY", 10)
    for number in range(9):
        storage.incr(f"old {number}", -1)
    storage.incr("new", 10)
    assert storage.reset() == 1


def test_read_keys_alone_close_reading(keeper: Keeper):
    with pytest.raises(ServiceError, match="reading needs a key"):
        keeper().admit(request(), writes=False)
    assert keeper().admit(request(authorization="Bearer r1"), writes=False).may_read
    assert keeper(read_open=True).admit(request(), writes=False).may_read
    assert keeper(read_keys=()).admit(request(), writes=False).may_read
    with pytest.raises(ServiceError, match="reading needs a key"):
        keeper(read_keys=(), read_open=False).admit(request(), writes=False)


def test_a_right_key_is_let_in_whatever_wrong_ones_came_from_its_address(keeper: Keeper):
    kept = keeper(failure_rate="2/day")
    kinds = []
    for number in range(4):
        with pytest.raises(ServiceError) as caught:
            kept.admit(request(authorization=f"Bearer wrong-{number}"), writes=False)
        kinds.append(caught.value.kind)
    assert kinds == ["unauthorized"] * 2 + ["rate-limited"] * 2
    assert kept.admit(request(authorization="Bearer w1"), writes=True).may_write
