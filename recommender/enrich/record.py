"""The record of blocks written into a site, which tells them from other people's: `SITE/.related/written.jsonl`."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from recommender.errors import BusyError, InputError, RelatedError, WriteError
from recommender.files import replacing_file
from recommender.sources.base import reason
from recommender.store.locks import exclusive

FOLDER = ".related"
FILE_NAME = "written.jsonl"
LINES_FILE_NAME = "written-lines.jsonl"
_NEWEST = 8
"""The number of blocks of one article that `remember` keeps."""
_IGNORED = "cache.jsonl\nlock\nreview.jsonl\n"
"""The content of `.gitignore`; the record itself should be committed with the site."""


class Block(NamedTuple):
    """The hash of a related block that was written, and the ids of its items."""

    hash: str
    items: tuple[str, ...]


def hash_block(block: bytes) -> str:
    """Return the hash of a block, empty for no block; line ends are ignored, because git may change them."""
    return blake2b(block.replace(b"\r\n", b"\n"), digest_size=16).hexdigest() if block else ""


def spare_name(path: str) -> str:
    """Return the path beside `path` to which new content is written first."""
    folder, slash, name = path.rpartition("/")
    # Hashed, because the name may already be as long as the file system allows.
    return f"{folder}{slash}.{blake2b(name.encode('utf-8', 'surrogateescape'), digest_size=8).hexdigest()}.related-new"


class Record:
    """The blocks that were written into the files of one site.

    Blocks are recorded before they are written, so a killed process never leaves an unknown block. `save` then keeps
    only the blocks that the files still hold.

    Args:
        site: The site's folder.
        of_lines: Whether the record is for articles in JSON Lines files; then paths are article ids. All such files
            of the folder share one record, because a file may come back under another name.

    Attributes:
        problems: Errors of unreadable lines; their blocks count as someone else's.
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
        """Find the block with this hash among those written into the file at `path`, or into one moved there."""
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
        """Record blocks that are about to be written, durably.

        Raises:
            WriteError: If the record cannot be written; then the blocks must not be written either.
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
            stream.write(b"".join(lines))
            stream.flush()
            os.fsync(stream.fileno())
        self._is_torn = False

    def settle(self, path: str, block_hash: str, block: Block | None) -> None:
        """Set what a file holds now: a block that was written, or none (an empty field or someone else's block)."""
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
        """Add blocks of a line; only the newest few are kept, any of which may come back."""
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
        """Drop the blocks of files that no longer exist."""
        for path in [path for path in self._written if not (self._site / path).exists()]:
            self._end(path)
            del self._written[path]
            self._dirty = True

    def save(self) -> None:
        """Save the record, if it changed.

        Raises:
            WriteError: If it cannot be written; the one on disk is still valid.
        """
        if not self._dirty and not self.problems:
            return
        spare = self._file.with_name(f"{self._file.name}.new")
        with self._writing(), replacing_file(self._file, spare) as stream:
            for path, blocks in sorted(self._written.items()):
                for block in blocks:
                    if block.hash:
                        stream.write(_line(path, block, begun=path in self._begun))
        self._dirty = self._is_torn = False

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Lock the site against other runs.

        Raises:
            BusyError: If another run holds the lock.
            WriteError: If the site's folder is not writable.
        """
        with self._writing():
            self._file.parent.mkdir(exist_ok=True)
            ignored = self._file.with_name(".gitignore")
            # An empty one was left by a full disk.
            if not ignored.exists() or not ignored.stat().st_size:
                with replacing_file(ignored, ignored.with_name(".gitignore.new")) as stream:
                    stream.write(_IGNORED.encode())
        with contextlib.ExitStack() as stack:
            with self._writing():
                is_held = stack.enter_context(exclusive(self._file.with_name("lock"), wait=False))
            if not is_held:
                hint = "try again when it is done"
                raise BusyError("another run is filling this site", where=str(self._site), hint=hint)
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
            what, hint = (
                f"the written blocks cannot be recorded: {reason(error)}",
                "nothing is written without the record",
            )
            raise WriteError(what, where=str(self._file), expected="a writable folder", hint=hint) from None

    def _load(self) -> None:
        try:
            data = self._file.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            what = f"the record of written blocks cannot be read: {reason(error)}"
            raise WriteError(what, where=str(self._file)) from None
        lines = data.split(b"\n")
        self._dirty = self._is_torn = bool(lines[-1])
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                path, block, begun = _read_line(line)
            except (ValueError, KeyError, TypeError):
                if number == len(lines):
                    continue  # A process was killed while it wrote its last line.
                self.problems.append(
                    InputError(
                        "invalid line in the record; its block counts as someone else's",
                        where=f"{self._file}, line {number}",
                        expected='{"path": ..., "block": ..., "items": [...]}',
                        hint="--overwrite replaces blocks that the record does not know",
                    )
                )
                continue
            self._written.setdefault(path, []).append(block)
            if begun:
                self._begun.add(path)
                self._dirty = True


def _line(path: str, block: Block, *, begun: bool) -> bytes:
    fields: dict[str, Any] = {"path": path, "block": block.hash, "items": list(block.items)}
    if begun:
        fields["begun"] = True
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n"


def _read_line(line: bytes) -> tuple[str, Block, bool]:
    fields = json.loads(line.decode("utf-8", "surrogateescape"))
    path, block_hash, items = fields["path"], fields["block"], fields["items"]
    if not (isinstance(path, str) and isinstance(block_hash, str) and all(isinstance(item, str) for item in items)):
        raise ValueError
    return path, Block(block_hash, tuple(items)), bool(fields.get("begun"))
