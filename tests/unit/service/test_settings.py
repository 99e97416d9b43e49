"""Settings of the service."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.errors import ConfigError
from service.settings import ServiceSettings, digest_key, new_key

KEY = "a-secret-key-5d1e"


@pytest.mark.parametrize("name", ["write_keys", "read_keys"])
@pytest.mark.parametrize(
    "value", [KEY, f"{digest_key(KEY)},{KEY}", digest_key(KEY).upper(), digest_key(KEY)[:-1], f"{digest_key(KEY)}0"]
)
def test_an_error_never_shows_a_key(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    monkeypatch.setenv(f"RELATED_{name.upper()}", value)
    with pytest.raises(ConfigError) as caught:
        ServiceSettings.read(collection=Path())
    told = str(caught.value) + repr(caught.value) + str(caught.value.__cause__)
    assert name.upper() in told
    assert not any(part in told for part in value.split(","))


def test_lists_are_parted_by_commas_or_space(monkeypatch: pytest.MonkeyPatch):
    digests = (digest_key("a"), digest_key("b"))
    for text in (",".join(digests), " , ".join(digests), "\n".join(digests), f"{' '.join(digests)},"):
        monkeypatch.setenv("RELATED_WRITE_KEYS", text)
        assert ServiceSettings.read(collection=Path()).write_keys == digests


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("read_rate", "often"),
        ("write_rate", "5"),
        ("failure_rate", "-"),
        ("trusted_proxies", "proxy.example"),
        ("trusted_proxies", "10.0.0.0/33"),
        ("max_url_bytes", "10"),
        ("max_limit", "1001"),
        ("max_encodes", "0"),
        ("cache_seconds", "-1"),
        ("read_open", "perhaps"),
        ("workers", "many"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    monkeypatch.setenv(f"RELATED_{name.upper()}", value)
    with pytest.raises(ConfigError, match=f"RELATED_{name.upper()}"):
        ServiceSettings.read(collection=Path())


def test_no_collection_is_an_error():
    with pytest.raises(ConfigError, match="RELATED_COLLECTION"):
        ServiceSettings.read()


def test_new_keys_are_long_and_differ():
    made = {new_key() for _ in range(10)}
    assert len(made) == 10
    assert all(len(key) == 43 and digest_key(key) == digest for key, digest in made)
