"""Read a feed (RSS, Atom or JSON Feed) from a file or an address."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from recommender.sources.base import FileState, Found, Unchanged, reading
from recommender.sources.feed_entries import entries_of
from recommender.sources.imported import content_hash, plain_id, read_if_changed
from recommender.sources.web_client import WebClient
from recommender.sources.web_errors import redacted


class Feed:
    """A feed as a source that only grows.

    A feed holds only the newest entries of its site. Known entries that have left it are therefore yielded as
    `Unchanged`, and nothing is ever deleted.

    Requests are conditional (`ETag`, `Last-Modified`). The caller keeps the validators between runs: `load_state`
    before a scan, `save_state` after its articles are stored.

    Args:
        location: A file, or the address of a live feed.
        client: The client for an address; not needed for a file.
    """

    kind = "feed"

    def __init__(self, location: Path | str, client: WebClient | None = None) -> None:
        self.location = location
        self._client = client
        self.validators: dict[str, str] = {}
        """The `etag`, `last-modified` and `hash` of the last document."""
        self._paths: list[str] = []
        self._left: list[str] = []

    def load_state(self, text: str) -> None:
        """Restore the text that `save_state` returned; an invalid text is ignored."""
        try:
            state = json.loads(text)
            self.validators = {str(name): str(value) for name, value in state["validators"].items()}
            self._paths = [str(path) for path in state["paths"]]
            self._left = [str(path) for path in state["left"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            self.validators, self._paths, self._left = {}, [], []

    def save_state(self) -> str:
        """Return the state for the next run as JSON."""
        return json.dumps({"validators": self.validators, "paths": self._paths, "left": self._left})

    def fingerprint(self) -> str:
        """Return a constant, because reading everything again would lose the entries that have left the feed."""
        return "feed"

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Yield every entry in the feed's order, then every known path that has left the feed.

        Raises:
            SourceError: If it cannot be read or is not a feed; before anything is yielded.
        """
        # If an entry of the last scan is unknown, it could not be read or stored, so the whole feed is needed.
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
            yield read_if_changed(fields, shown, path, 0, known.get(path))
        yield from self._unseen(known, seen)
        self._left = [path for path in dict.fromkeys([*self._left, *self._paths]) if path not in seen | known.keys()]
        self._paths = sorted(seen)

    def _unseen(self, known: Mapping[str, FileState], seen: set[str]) -> Iterator[Unchanged]:
        for path in sorted({*known, *self._paths, *self._left} - seen):
            yield Unchanged(path)

    def _content(self, validators: Mapping[str, str]) -> bytes | None:
        """Return the feed and store its validators; None if it has not changed."""
        if isinstance(self.location, Path):
            found: dict[str, str] = {}
            with reading(self.location):
                content = self.location.read_bytes()
        else:
            asked = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
            headers = {header: validators[name] for name, header in asked.items() if validators.get(name)}
            self._client = self._client or WebClient(self.location)
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
