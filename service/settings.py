"""What the service may do, to whom and how much of it; from the environment, with the prefix `RELATED_`."""

from __future__ import annotations

import hashlib
import re
import secrets
from importlib.metadata import version
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from recommender.errors import ConfigError

VERSION = version("related-articles")

_DIGEST = re.compile(r"[0-9a-f]{64}")


def _parts(value: Any) -> Any:
    """`a, b` as a list."""
    return [part for part in re.split(r"[,\s]+", value) if part] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parts)]


class ServiceSettings(BaseSettings):
    """Settings of the service; each is read from `RELATED_NAME`, lists with commas."""

    model_config = SettingsConfigDict(env_prefix="RELATED_", frozen=True, extra="ignore")

    collection: Path
    """The collection's folder."""
    workers: int = 1
    """How many processes answer; what they share is shared through files."""
    shared: Path | None = None
    """A folder for what the workers share (counts of requests, metrics); one of its own if left out."""
    judging: Path | None = None
    """The plan of a session of judging, which `related judge` writes; without one nothing can be judged."""

    write_keys: Texts = ()
    """SHA-256 digests of the keys that may write and read, in hex; without any nothing can be written."""
    read_keys: Texts = ()
    """Of those that may read."""
    read_open: bool | None = None
    """Whether anybody may read without a key; if left out, unless there are read keys."""
    read_rate: str = ""
    """How often one key or address may read, such as `600/minute`; empty for any number."""
    write_rate: str = ""
    failure_rate: str = "30/minute"
    """How often one address may offer a key that is none."""
    cors_origins: Texts = ()
    """Origins whose pages may ask from a browser, such as `https://news.example`; `*` for all."""
    trusted_proxies: Texts = ()
    """Addresses or networks of proxies whose `X-Forwarded-For` is believed."""

    max_url_bytes: Annotated[int, Field(ge=256)] = 8192
    max_body_bytes: Annotated[int, Field(ge=1024)] = 2_000_000
    """Of one article."""
    max_batch_bytes: Annotated[int, Field(ge=1024)] = 1_000_000_000
    """Of a whole batch, which is streamed; a line of it may be as long as one article."""
    max_limit: Annotated[int, Field(ge=1, le=1000)] = 100
    """The most items of one answer."""
    max_encodes: Annotated[int, Field(ge=1)] = 8
    """How many requests may wait for the model at once; one more is asked to come back."""
    cache_seconds: Annotated[int, Field(ge=0)] = 0
    """How long caches may answer without asking again; 0 has them ask each time, which costs a 304."""

    @field_validator("write_keys", "read_keys")
    @classmethod
    def _digests(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            # The key itself must not be shown, should it be given by mistake.
            if not _DIGEST.fullmatch(key):
                raise ValueError("a key is given by its SHA-256 digest, 64 hex digits: related key")
        return keys

    @field_validator("read_rate", "write_rate", "failure_rate")
    @classmethod
    def _rate(cls, rate: str) -> str:
        from limits import parse

        if rate:
            parse(rate)
        return rate

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            ip_network(network, strict=False)
        return networks

    @property
    def reads_are_open(self) -> bool:
        """Whether anybody may read without a key."""
        return not self.read_keys if self.read_open is None else self.read_open

    @classmethod
    def read(cls, **given: Any) -> ServiceSettings:
        """The settings of the environment, and those given.

        Raises:
            ConfigError: Naming the first that is not what it must be; never showing what was given for a key.
        """
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            name = "_".join(str(part) for part in fault["loc"]).upper()
            raise ConfigError(
                f"RELATED_{name}: {fault['msg'].removeprefix('Value error, ')}", where="environment"
            ) from None


def new_key() -> tuple[str, str]:
    """A new key of 256 random bits, and its digest, which is what the service is given."""
    key = secrets.token_urlsafe(32)
    return key, digest_key(key)


def digest_key(key: str) -> str:
    """The SHA-256 digest of a key; keys are random, so that no slow hash is needed."""
    return hashlib.sha256(key.encode()).hexdigest()
