"""What was written into a site, so that nobody else's work is ever taken for it: `SITE/.related/written.jsonl`."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from recommender.errors import BusyError, InputError, RelatedError, WriteError
from recommender.sources.base import reason
from recommender.store.locks import exclusive

FOLDER = ".related"
FILE_NAME = "written.jsonl"
LINES_FILE_NAME = "written-lines.jsonl"
_NEWEST = 8
"""Blocks of one article that are remembered once they were handed out."""
_NOT_SHARED = "cache.jsonl\nlock\n"
"""What git has no use for; the record itself belongs to the site."""


class Block(NamedTuple):
    """A related block that was written: its hash, and the ids of its items."""

    hash: str
    items: tuple[str, ...]


def hash_block(block: bytes) -> str:
    """What tells a block from others; line ends do not count, because git may change them."""
    return blake2b(block.replace(b"\r\n", b"\n"), digest_size=16).hexdigest() if block else ""


def spare_name(path: str) -> str:
    """The file beside `path` that its next content is written to before it takes its place."""
    folder, slash, name = path.rpartition("/")
    # A name may be as long as a file system allows already.
    return f"{folder}{slash}.{blake2b(name.encode('utf-8', 'surrogateescape'), digest_size=8).hexdigest()}.related-new"


class Record:
    """The blocks that were written into the files of one site.

    A block is entered before it is written, so that a process that is killed in between leaves no block that is not
    known; `save` then keeps what the files hold.

    Args:
        site: The site's folder.
        of_lines: Whether it is of the articles in the folder's files of JSON lines; then paths are their ids. What is
            handed out there may come back under any name, so the files share it.

    Attributes:
        problems: Lines that could not be read; the blocks that they told of count as someone else's.
    """

    def __init__(self, site: Path, *, of_lines: bool = False) -> None:
        self.problems: list[RelatedError] = []
        self._site = site
        self._of_files = not of_lines
        self._file = site / FOLDER / (LINES_FILE_NAME if of_lines else FILE_NAME)
        self._written: dict[str, list[Block]] = {}
        self._begun: set[str] = set()
        self._path_of: dict[str, str] | None = None
        self._dirty = False
        self._is_torn = False
        self._load()

    def find(self, path: str, block_hash: str) -> Block | None:
        """The block with this hash, if it was written into the file at `path`, or into one that has moved there."""
        if not block_hash:
            return None
        for block in self._written.get(path, ()):
            if block.hash == block_hash:
                return block
        if not self._of_files:
            return None
        if self._path_of is None:
            self._path_of = {block.hash: old for old, blocks in self._written.items() for block in blocks}
        old = self._path_of.get(block_hash)
        if old is None or old == path or (self._site / old).exists():
            return None
        return next(block for block in self._written[old] if block.hash == block_hash)

    def begin(self, blocks: Iterable[tuple[str, Block]]) -> None:
        """Enter blocks that are about to be written, durably.

        Raises:
            WriteError: If the record cannot be written; then nothing else may be.
        """
        if self._is_torn:
            self.save()
        lines = []
        for path, block in blocks:
            lines.append(_line(path, block, begun=True))
            self._written.setdefault(path, []).append(block)
            self._begun.add(path)
        self._path_of = None
        self._dirty = self._is_torn = True
        with self._writing(), self._file.open("ab") as stream:
            stream.write("".join(lines).encode("utf-8", "surrogateescape"))
            stream.flush()
            os.fsync(stream.fileno())
        self._is_torn = False

    def settle(self, path: str, block_hash: str, block: Block | None) -> None:
        """Note what a file holds now: a block that was written, or none (an empty field or someone else's block)."""
        known = self._written.get(path, [])
        self._end(path)
        wanted = [block] if block and block_hash and block.hash == block_hash else []
        if known != wanted:
            self._dirty = True
            if wanted:
                self._written[path] = wanted
            else:
                self._written.pop(path, None)

    def remember(self, path: str, *blocks: Block | None) -> None:
        """Note blocks that came in or were handed out: whoever got them may come back with any of the newest few."""
        known = self._written.get(path, [])
        self._end(path)
        newest: dict[str, Block] = {}
        for block in (*known, *blocks):
            if block and block.hash:
                newest.pop(block.hash, None)
                newest[block.hash] = block
        kept = [*newest.values()][-_NEWEST:]
        if kept != known:
            self._dirty = True
            self._written[path] = kept

    def forget_gone(self) -> None:
        """Drop what was written into files that are not there any more."""
        for path in [path for path in self._written if not (self._site / path).exists()]:
            self._end(path)
            del self._written[path]
            self._dirty = True

    def save(self) -> None:
        """Write the record anew, if it changed.

        Raises:
            WriteError: If it cannot be written; the one on the disk is still right.
        """
        if not self._dirty and not self.problems:
            return
        spare = self._file.with_name(f"{self._file.name}.new")
        with self._writing():
            with spare.open("wb") as stream:
                for path in sorted(self._written):
                    for block in self._written[path]:
                        if block.hash:
                            line = _line(path, block, begun=path in self._begun)
                            stream.write(line.encode("utf-8", "surrogateescape"))
                stream.flush()
                os.fsync(stream.fileno())
            spare.replace(self._file)
        self._dirty = self._is_torn = False

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep other runs out of the site.

        Raises:
            BusyError: If another one is at work.
            WriteError: If the site's folder cannot be written to.
        """
        with self._writing():
            self._file.parent.mkdir(exist_ok=True)
            ignored = self._file.with_name(".gitignore")
            if not ignored.exists():
                ignored.write_text(_NOT_SHARED, encoding="utf-8")
        with exclusive(self._file.with_name("lock"), wait=False) as held:
            if not held:
                raise BusyError(
                    "another run is filling this site", where=str(self._site), hint="try again when it is done"
                )
            yield

    def _end(self, path: str) -> None:
        if path in self._begun:
            self._begun.discard(path)
            self._dirty = True
            if self._of_files:
                with contextlib.suppress(OSError):
                    (self._site / spare_name(path)).unlink()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise WriteError(
                f"what is written into the site cannot be recorded: {reason(error)}",
                where=str(self._file),
                expected="a folder that can be written to",
                hint="without the record nothing is written",
            ) from None

    def _load(self) -> None:
        try:
            data = self._file.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise WriteError(
                f"the record of written blocks cannot be read: {reason(error)}", where=str(self._file)
            ) from None
        lines = data.split(b"\n")
        self._dirty = self._is_torn = bool(lines[-1])
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                path, block, begun = _read_line(line)
            except (ValueError, KeyError, TypeError):
                if number == len(lines):
                    continue  # The last line of a process that was killed while it wrote it.
                self.problems.append(
                    InputError(
                        "the line is none of the record's; the block it told of counts as someone else's",
                        where=f"{self._file}, line {number}",
                        expected='{"path": ..., "block": ..., "items": [...]}',
                        hint="--overwrite takes over what was written by mistake of the record",
                    )
                )
                continue
            self._written.setdefault(path, []).append(block)
            if begun:
                self._begun.add(path)
                self._dirty = True


def _line(path: str, block: Block, *, begun: bool) -> str:
    fields: dict[str, Any] = {"path": path, "block": block.hash, "items": list(block.items)}
    if begun:
        fields["begun"] = True
    return json.dumps(fields, ensure_ascii=False) + "\n"


def _read_line(line: bytes) -> tuple[str, Block, bool]:
    fields = json.loads(line.decode("utf-8", "surrogateescape"))
    path, block_hash, items = fields["path"], fields["block"], fields["items"]
    if not (isinstance(path, str) and isinstance(block_hash, str) and all(isinstance(item, str) for item in items)):
        raise ValueError
    return path, Block(block_hash, tuple(items)), bool(fields.get("begun"))
