"""Settings of the service, from environment variables with the prefix `RELATED_`; and keys and their digests."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from importlib.metadata import version
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from recommender.errors import ConfigError
from recommender.store import is_server

VERSION = version("related-articles")

_DIGEST = re.compile(r"[0-9a-f]{64}")


def _parts(value: Any) -> Any:
    """Split `a, b` into a list."""
    return [part for part in re.split(r"[,\s]+", value) if part] if isinstance(value, str) else value


CommaList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parts)]


def _place(value: Any) -> Any:
    # A path would lose one of the two slashes of an address.
    return value if isinstance(value, Path) or is_server(value) else Path(str(value))


Place = Annotated[Path | str, BeforeValidator(_place)]


class ServiceSettings(BaseSettings):
    """Settings of the service; each is read from `RELATED_<NAME>`, lists are separated by commas."""

    model_config = SettingsConfigDict(env_prefix="RELATED_", frozen=True, extra="ignore")

    collection: Place
    """The collection's folder or address."""
    workers: int = 1
    """Number of worker processes."""
    shared: Path | None = None
    """Folder that the workers share for request counts and metrics. Default: a temporary folder."""
    judging: Path | None = None
    """The judging plan written by `related judge`; judging is disabled without one."""

    review: Path | None = None
    """The planned changes that `related enrich --review` wrote; reviewing is disabled without them."""

    write_keys: CommaList = ()
    """SHA-256 digests of keys for writing and reading, in hex; writing is disabled without any."""
    read_keys: CommaList = ()
    """SHA-256 digests of keys for reading only."""
    read_open: bool | None = None
    """Whether reading needs no key. Default: true unless there are read keys."""
    read_rate: str = ""
    """Maximum rate of reads by one key or address, such as `600/minute`; empty for no limit."""
    write_rate: str = ""
    """The same for writes."""
    failure_rate: str = "30/minute"
    """Maximum rate of requests with an invalid key from one address."""
    cors_origins: CommaList = ()
    """Origins allowed by CORS, such as `https://news.example`; `*` for all."""
    trusted_proxies: CommaList = ()
    """Addresses or networks of proxies whose `X-Forwarded-For` is trusted."""

    max_url_bytes: Annotated[int, Field(ge=256)] = 8192
    """Maximum size of a request's address."""
    max_body_bytes: Annotated[int, Field(ge=1024)] = 2_000_000
    """Maximum size of the body with one article."""
    max_batch_bytes: Annotated[int, Field(ge=1024)] = 1_000_000_000
    """Maximum size of a whole batch, which is streamed; `max_body_bytes` limits each line."""
    max_limit: Annotated[int, Field(ge=1, le=1000)] = 100
    """Maximum of the option `limit`."""
    max_encodes: Annotated[int, Field(ge=1)] = 8
    """Maximum number of requests that wait for the model; others are asked to retry."""
    max_waiting: Annotated[int, Field(ge=1)] = 64
    """Maximum number of requests that wait for one worker's answers, and for its writes; others are asked to retry."""
    warm_model: bool = True
    """Whether to load the model once the service is ready, so that the first draft need not wait for it."""
    cache_seconds: Annotated[int, Field(ge=0)] = 0
    """How long caches may reuse an answer without revalidation; 0 for never."""

    @field_validator("write_keys", "read_keys")
    @classmethod
    def _digests(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            # Never show the value: it may be a key that was given by mistake.
            if not _DIGEST.fullmatch(key):
                raise ValueError("expected the SHA-256 digest of a key, 64 hex digits; related key prints one")
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
        """Whether reading needs no key."""
        return not self.read_keys if self.read_open is None else self.read_open

    @classmethod
    def read(cls, **given: Any) -> ServiceSettings:
        """Read the settings from the environment and the file of `RELATED_ENV_FILE`; those given take precedence.

        Raises:
            ConfigError: If the file cannot be read or a setting is invalid; it names the first, and never its value.
        """
        file = os.environ.get("RELATED_ENV_FILE")
        if file and not os.access(file, os.R_OK):
            raise ConfigError("the file of settings cannot be read", where=file, expected="a readable file")
        try:
            return cls(_env_file=file or None, **{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            name = "_".join(str(part) for part in fault["loc"]).upper()
            raise ConfigError(
                f"RELATED_{name}: {fault['msg'].removeprefix('Value error, ')}", where="environment"
            ) from None


def new_key() -> tuple[str, str]:
    """Return a new key of 256 random bits and its digest."""
    key = secrets.token_urlsafe(32)
    return key, digest_key(key)


def digest_key(key: str) -> str:
    """Return the SHA-256 digest of a key; random keys need no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()
