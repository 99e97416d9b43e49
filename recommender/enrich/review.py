"""Review of planned lists: an editor accepts or rejects each, and exactly what was accepted is written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from recommender.config import Settings
from recommender.enrich.coverage import Coverage
from recommender.enrich.listing import Outcome, PlannedPage
from recommender.enrich.plan import EnrichOptions
from recommender.enrich.record import FOLDER, Block, hash_block
from recommender.enrich.site import FolderSite
from recommender.errors import WriteError
from recommender.related.recommender import Recommender
from recommender.sources.base import reason

FILE_NAME = "review.jsonl"
MAX_BEFORE = 100
"""How many items of a list that somebody else wrote are shown."""


class Decision(StrEnum):
    """What an editor says of a planned list."""

    ACCEPT = "accept"
    REJECT = "reject"


class Change(BaseModel):
    """A planned change of one file.

    Attributes:
        path: The file, below the site.
        article_id: Its article.
        kind: How the field changes: `filled`, `changed`, `emptied` or `taken over`.
        before: The entries that the file has, each with what it has of `title`, `webUrl` and `id`.
        items: Ids of the planned list.
        block_hash: Hash of the field as it was planned upon.
    """

    path: str
    article_id: str
    kind: Outcome
    before: list[dict[str, str]]
    items: list[str]
    block_hash: str


class Session(BaseModel):
    """What a review is about.

    Attributes:
        site: The site's folder.
        settings: The settings of the run, those that differ from the defaults.
        overwrite: Whether fields that somebody else wrote are to be replaced.
        changes: The planned changes, sorted by path.
    """

    site: Path
    settings: dict[str, Any]
    overwrite: bool = False
    changes: list[Change]


class Written(NamedTuple):
    """The outcome of writing what was accepted.

    Attributes:
        written: Paths of the files that were written.
        left: By path, why an accepted change was not written.
        coverage: The statistics of the run.
    """

    written: list[str]
    left: dict[str, str]
    coverage: Coverage


def changes_of(site: FolderSite, options: EnrichOptions) -> Iterator[tuple[PlannedPage, Change | None]]:
    """Yield every page of a plan, with its change if its file would be written."""
    for page in site.plan(options):
        yield page, change_of(page)


def change_of(page: PlannedPage) -> Change | None:
    """Return the change that a page plans; None if it plans none."""
    if page.edit is None or page.listing is None:
        return None
    field = page.edit.field
    entries = [] if field.is_empty() else field.value()
    before = [_named(entry) for entry in entries[:MAX_BEFORE]] if isinstance(entries, list) else []
    return Change(
        path=page.path,
        article_id=page.article_id,
        kind=page.outcome,
        before=before,
        items=list(page.listing.items),
        block_hash=hash_block(field.block),
    )


def _named(entry: Any) -> dict[str, str]:
    if not isinstance(entry, dict):
        return {"title": str(entry)}
    return {name: str(entry[name]) for name in ("id", "title", "webUrl") if entry.get(name)}


class Decisions:
    """The decisions on a site's changes, kept in a file beside the record of what was written; one per change."""

    def __init__(self, site: Path, changes: Mapping[str, Change]) -> None:
        """Read earlier decisions; those on lists that are no longer planned do not count."""
        self._file = site / FOLDER / FILE_NAME
        self._made: dict[str, Decision] = {}
        for path, items, decision in self._read():
            if path in changes and changes[path].items == items:
                if decision is None:
                    self._made.pop(path, None)
                else:
                    self._made[path] = decision

    def of(self, path: str) -> Decision | None:
        """Return the decision on a file's change."""
        return self._made.get(path)

    def make(self, changes: list[Change], decision: Decision | None) -> None:
        """Keep a decision on some changes, durably; None takes it back.

        Raises:
            WriteError: If it cannot be kept.
        """
        lines = [json.dumps({"path": each.path, "items": each.items, "decision": decision}) for each in changes]
        try:
            self._file.parent.mkdir(exist_ok=True)
            with self._file.open("a", encoding="utf-8") as stream:
                # A line that a killed process left unfinished ends here.
                stream.write("".join(f"\n{line}" for line in lines))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise WriteError(f"the decision cannot be kept: {reason(error)}", where=str(self._file)) from None
        for each in changes:
            if decision is None:
                self._made.pop(each.path, None)
            else:
                self._made[each.path] = decision

    def _read(self) -> Iterator[tuple[str, list[str], Decision | None]]:
        try:
            lines = self._file.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return
        except OSError as error:
            raise WriteError(f"earlier decisions cannot be read: {reason(error)}", where=str(self._file)) from None
        for line in lines:
            try:
                made = json.loads(line)
                decision = made["decision"]
                yield made["path"], made["items"], None if decision is None else Decision(decision)
            except (ValueError, KeyError, TypeError):
                continue  # unfinished


def write_accepted(
    session: Session, recommender: Recommender, accepted: Mapping[str, Change], workers: int = 0
) -> Written:
    """Write the accepted changes, each file whole, and nothing else.

    Each is planned anew: what else was changed in a file meanwhile stays, and a change is not written if its list would
    be another by now, or if somebody else wrote the field.

    Raises:
        BusyError: If another run is filling the site.
        WriteError: If the written blocks cannot be recorded; then nothing is written.
    """
    settings = Settings.parse(session.settings)
    site = FolderSite(session.site, recommender, settings, workers=workers)
    options = EnrichOptions(overwrite=session.overwrite, paths=frozenset(accepted))
    left = dict.fromkeys(accepted, "the file is gone, or no longer an article")
    written = []

    def accepts(page: PlannedPage) -> PlannedPage:
        left.pop(page.path, None)
        change, now = accepted[page.path], change_of(page)
        if now is None or (now.items == change.items and now.block_hash == change.block_hash):
            return page
        because = "the list would be another by now" if now.items != change.items else "somebody else wrote the field"
        left[page.path] = because
        ours = Block(now.block_hash, page.before) if page.before else None
        return page._replace(outcome=Outcome.KEPT, edit=None, block=ours, block_hash=now.block_hash)

    for page in site.fill(options, accepts=accepts):
        if page.edit is not None:
            written.append(page.path)
        elif page.problem is not None:
            left[page.path] = str(page.problem)
        elif page.path not in left and accepted[page.path].items != _items(page):
            left[page.path] = f"its field is {page.outcome}"
    return Written(written, left, site.coverage)


def _items(page: PlannedPage) -> list[str]:
    return list(page.listing.items) if page.listing else []
