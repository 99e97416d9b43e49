"""Read a feed (RSS, Atom or JSON Feed) from a file or an address."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from recommender.errors import SourceError
from recommender.sources.base import FileState, Found, ReadArticle, Unchanged, reason
from recommender.sources.feed_entries import entries_of
from recommender.sources.imported import content_hash, plain_id, read_fields, record_hash
from recommender.sources.web_client import WebClient
from recommender.sources.web_errors import redacted


class Feed:
    """A feed as a source that only grows.

    A feed holds just the newest entries of its site, so an entry that has left it is not gone: every known path that
    the feed no longer holds is yielded as `Unchanged`, and nothing is ever deleted.

    The site is asked for the feed only if it changed (`ETag`, `Last-Modified`). What that needs is kept between runs
    by the caller: `load_state` before a scan, `save_state` after one whose articles are stored.

    Args:
        location: A file, or the address of a live feed.
        client: Reads the address; not needed for a file.
    """

    kind = "feed"

    def __init__(self, location: Path | str, client: WebClient | None = None) -> None:
        self.location = location
        self._client = client
        self.validators: dict[str, str] = {}
        """The `etag`, `last-modified` and `hash` of the document that was read last."""
        self._paths: list[str] = []
        self._left: list[str] = []

    def load_state(self, text: str) -> None:
        """Take up what `save_state` returned; text that is broken is as good as none."""
        try:
            state = json.loads(text)
            self.validators = {str(name): str(value) for name, value in state["validators"].items()}
            self._paths = [str(path) for path in state["paths"]]
            self._left = [str(path) for path in state["left"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            self.validators, self._paths, self._left = {}, [], []

    def save_state(self) -> str:
        """What the next run needs to know, as JSON."""
        return json.dumps({"validators": self.validators, "paths": self._paths, "left": self._left})

    def fingerprint(self) -> str:
        """Always the same: to read everything again would lose what has left the feed.

        What is still there is compared with what was read, so a better reader needs no more.
        """
        return "feed"

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Yield every entry, in the feed's order, then every known path that has left the feed.

        Raises:
            SourceError: If the feed cannot be read or is none; before anything is yielded.
        """
        # An entry that is not known could not be read or stored last time; it needs the whole feed again.
        is_complete = bool(known) and all(path in known for path in self._paths)
        content = self._content(self.validators if is_complete else {})
        if content is None:
            yield from self._unseen(known, set())
            return
        entries = entries_of(content, str(self.location))
        seen: set[str] = set()
        for entry in entries:
            fields = entry.fields
            path = fields["id"] = plain_id(entry.key)
            if path in seen:
                continue
            seen.add(path)
            shown = redacted(fields["webUrl"]) if fields.get("webUrl") else f"{redacted(str(self.location))}, {path}"
            found = read_fields(fields, shown, path, FileState(0, 0, 0, 0))
            if isinstance(found, ReadArticle):
                state = FileState(0, 0, 0, record_hash(found.article))
                if known.get(path) == state:
                    yield Unchanged(path)
                    continue
                found = ReadArticle(found.article, found.where, path, state, found.lost)
            yield found
        yield from self._unseen(known, seen)
        self._left = [path for path in dict.fromkeys([*self._left, *self._paths]) if path not in seen | known.keys()]
        self._paths = sorted(seen)

    def _unseen(self, known: Mapping[str, FileState], seen: set[str]) -> Iterator[Unchanged]:
        for path in sorted({*known, *self._paths, *self._left} - seen):
            yield Unchanged(path)

    def _content(self, validators: Mapping[str, str]) -> bytes | None:
        """The feed, or None if it is the one that was read last; notes its validators."""
        if isinstance(self.location, Path):
            found: dict[str, str] = {}
            try:
                content = self.location.read_bytes()
            except OSError as error:
                raise SourceError(f"the file cannot be read: {reason(error)}", where=str(self.location)) from None
        else:
            if self._client is None:
                self._client = WebClient(self.location)
            asked = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
            headers = {header: validators[name] for name, header in asked.items() if validators.get(name)}
            with self._client:
                response = self._client.get(self.location, headers)
            if response.not_modified:
                return None
            content = response.body
            found = {name: response.headers[name] for name in asked if response.headers.get(name)}
        digest = f"{content_hash(content):016x}"
        is_same = validators.get("hash") == digest
        self.validators = {**found, "hash": digest}
        return None if is_same else content
