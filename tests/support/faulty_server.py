"""Runs work in forks whose file operations fail on purpose: `LD_PRELOAD=faults.so python -m support.faulty_server`.

Each line of its input is a case as JSON: the work, its folder, how an operation fails and which one. The answer is how
the fork ended, what it had acknowledged, what it said, and how many operations it had come to.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import faiss  # noqa: F401 - what takes long to import is there before a worker is forked
import tantivy  # noqa: F401

from recommender.article import Article
from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.enrich import FolderSite
from recommender.enrich.listing import WRITTEN
from recommender.errors import RelatedError
from recommender.evaluation import Judgements
from recommender.related.recommender import Recommender
from recommender.store.backup import back_up, restore
from support.encoders import CountingEncoder
from support.enriching import settings_of

Acknowledge = Callable[[object], None]
REFUSED, BROKEN = 1, 2


def write(root: Path, acknowledge: Acknowledge) -> None:
    """Two batches: articles that change, come and go."""
    with closing(Collection.open(root / "c")) as collection:
        for number in (1, 2):
            batch = [
                Article(id=f"a{n}", title=f"Batch {number}", secured=f"seal {n}")
                for n in range(2 * number, 2 * number + 4)
            ]
            collection.write(batch, [f"a{20 + number}"], encoder=CountingEncoder())
            acknowledge(number)


def compact(root: Path, acknowledge: Acknowledge) -> None:
    """A snapshot, an empty log and a rewritten database."""
    with closing(Collection.open(root / "c")) as collection:
        collection.publish(compact=True)
        acknowledge("done")


def read(root: Path, acknowledge: Acknowledge) -> None:
    """An answer, for which a snapshot is made because there is none."""
    with closing(Recommender.open(root / "c")) as opened:
        acknowledge(sorted(item.article_id for item in opened.related("a1", min_score=0)))


def rebuild(root: Path, acknowledge: Acknowledge) -> None:
    """A build of a folder in which files changed, came and went."""
    done = build([root / "site"], root / "s", settings=Settings(), encoder=CountingEncoder())
    # A file that cannot be read is reported, and its article stays as it was.
    acknowledge("in part" if done.problems else "whole")


def fill(root: Path, acknowledge: Acknowledge) -> None:
    """Lists into the files of a site."""
    names = [path.stem for path in sorted((root / "site").glob("*.md"))]
    settings = settings_of({name: [other for other in names if other != name][:2] for name in names})
    with closing(Recommender.open(root / "s", weights=settings.ranking, rules=settings.rules)) as opened:
        # A file that cannot be written is listed as such, and the others are filled.
        done = [page.path for page in FolderSite(root / "site", opened, settings).fill() if page.outcome in WRITTEN]
    for path in done:
        acknowledge(path)


def judge(root: Path, acknowledge: Acknowledge) -> None:
    """Grades."""
    with Judgements(root / "judgements.jsonl") as judgements:
        for number in range(5):
            judgements.grade("q", f"a{number}", number % 3)
            acknowledge(number)


def save(root: Path, acknowledge: Acknowledge) -> None:
    """A backup over an older one."""
    back_up(root / "c" / "articles.db", root / "b.db")
    acknowledge("done")


def bring_back(root: Path, acknowledge: Acknowledge) -> None:
    """A backup in the place of the present."""
    restore(root / "c" / "articles.db", root / "b.db")
    acknowledge("done")


WORK = {each.__name__: each for each in (write, compact, read, rebuild, fill, judge, save, bring_back)}


def work(case: dict[str, Any], faults: ctypes.CDLL, pipe: int) -> int:
    """Do the work of a case in this process; returns how it ended."""

    def say(**words: object) -> None:
        os.write(pipe, (json.dumps(words) + "\n").encode())

    root = str(Path(case["root"]).resolve())
    faults.faults_arm(root.encode(), case["mode"], case["at"], case.get("log", "").encode())
    try:
        WORK[case["work"]](Path(root), lambda what: say(acknowledged=what))
    except (RelatedError, OSError) as error:
        faults.faults_disarm()
        say(error=f"{type(error).__name__}: {error}")
        # The command turns what this library raises into a line; anything else is a traceback.
        return REFUSED if isinstance(error, RelatedError) else BROKEN
    except BaseException:
        faults.faults_disarm()
        say(error=traceback.format_exc())
        return BROKEN
    finally:
        say(seen=faults.faults_seen())
    faults.faults_lose()
    return 0


def main() -> None:
    faults = ctypes.CDLL(os.environ["LD_PRELOAD"])
    faults.faults_seen.restype = ctypes.c_long
    faults.faults_arm.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_long, ctypes.c_char_p]
    for line in sys.stdin:
        case = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            os._exit(work(case, faults, writer))
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as stream:
            said = [json.loads(each) for each in stream]
        _, status = os.waitpid(child, 0)
        answer: dict[str, Any] = {"code": os.waitstatus_to_exitcode(status), "acknowledged": []}
        for each in said:
            if "acknowledged" in each:
                answer["acknowledged"].append(each["acknowledged"])
            else:
                answer |= each
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
