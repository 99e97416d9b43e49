"""Every file operation of every kind of work fails once, and is once the last before a crash.

Nothing acknowledged is lost, nothing half done is seen, what cannot be done is said in one line, and the next run is
clean. The operations are counted by a library that is loaded before the C library (`support/faults.c`); in the harshest
of its modes a crash takes everything with it that was not synced.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.encoders import CountingEncoder
from support.examples import THOROUGH
from support.processes import TESTS
from support.soundness import assert_sound, contents, make_collection

from recommender.article import Article
from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.evaluation import read_judgements
from recommender.store.backup import back_up, restore

COUNT, NO_SPACE, IO_ERROR, SHORT, CRASH, LOSE, BAD_READ = range(7)
MODES = {
    "no space": NO_SPACE,
    "I/O error": IO_ERROR,
    "short write": SHORT,
    "crash": CRASH,
    "lost": LOSE,
    "read": BAD_READ,
}
CRASHED, NEVER = 137, 1 << 40
MOST = int(os.environ.get("RELATED_TEST_STEPS") or (100 if THOROUGH else 12))
"""How many operations of each kind of work are tried in each way, from the first to the last."""
COMPILER = shutil.which("cc")


class Forks:
    """The process whose forks do the work."""

    def __init__(self, library: Path) -> None:
        environment = {
            **os.environ,
            "LD_PRELOAD": str(library),
            "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)]),
            "OMP_NUM_THREADS": "1",
            "COVERAGE_PROCESS_START": "",
        }
        command = [sys.executable, "-m", "support.faulty_server"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
        self._process = subprocess.Popen(command, env=environment, **pipes)

    def run(self, work: str, root: Path, mode: int = CRASH, at: int = NEVER, **more: object) -> dict[str, Any]:
        case = {
            "work": work,
            "root": str(root),
            "mode": mode,
            "at": at,
            **{key: str(value) for key, value in more.items()},
        }
        self._process.stdin.write(json.dumps(case) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process whose forks do the work has ended"
        return json.loads(answer)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    if COMPILER is None:
        pytest.skip("there is no C compiler")
    library = tmp_path_factory.mktemp("faults") / "faults.so"
    source = TESTS / "support" / "faults.c"
    subprocess.run([COMPILER, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    with closing(Forks(library)) as made:
        yield made


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection with a backup of its past, and a site that changed since it was built."""
    root = tmp_path_factory.mktemp("prepared")
    make_collection(root / "c", (Article(id=f"a{n}", title=f"Past {n}", secured=f"seal {n}") for n in range(30)))
    back_up(root / "c" / "articles.db", root / "b.db")
    with closing(Collection.open(root / "c")) as collection:
        collection.write([Article(id="a1", title="Present"), Article(id="a30", title="New")], encoder=CountingEncoder())
    (root / "site").mkdir()

    def story(number: int, title: str) -> None:
        text = f"---\ntitle: {title}\npublishedDateTime: 2024-03-{number + 1:02}\nwebUrl: https://a.example/{number}\n---\nText.\n"
        (root / "site" / f"s{number}.md").write_text(text, encoding="utf-8")

    for number in range(8):
        story(number, f"Story {number}")
    build([root / "site"], root / "s", settings=Settings(), encoder=CountingEncoder())
    for number in (2, 8, 9):
        story(number, f"Changed {number}")
    return root


def stored(collection: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is in a collection; nothing where there is none."""
    if not (collection / "articles.db").exists():
        return {}, {}
    return contents(collection)[1:]


def in_backup(root: Path) -> object:
    if not (root / "b.db").exists():
        return None
    place = root / "unpacked"
    shutil.rmtree(place, ignore_errors=True)
    restore(place / "articles.db", root / "b.db")
    return stored(place)


def pages(root: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((root / "site").glob("*.md"))}


def grades(root: Path) -> dict[str, int]:
    file = root / "judgements.jsonl"
    return read_judgements(file).get("q", {}) if file.exists() else {}


STATES: dict[str, Callable[[Path], Any]] = {
    "write": lambda root: stored(root / "c"),
    "compact": lambda root: stored(root / "c"),
    "read": lambda root: stored(root / "c"),
    "rebuild": lambda root: stored(root / "s"),
    "fill": pages,
    "judge": grades,
    "save": in_backup,
    "bring_back": lambda root: stored(root / "c"),
}
COLLECTIONS = {"write": "c", "compact": "c", "read": "c", "rebuild": "s", "fill": "s", "bring_back": "c"}


def check(work: str, found: Any, before: Any, after: Any, acknowledged: list[Any]) -> None:
    """What was acknowledged is there, and nothing is half there."""
    if work == "fill":
        for name, content in found.items():
            assert content in (before[name], after[name]), name
            assert name not in acknowledged or content == after[name], name
    elif work == "judge":
        names = [f"a{number}" for number in range(5)]
        assert list(found) in (names[: len(acknowledged)], names[: len(acknowledged) + 1])
    elif work == "write":
        titles = {name: record["title"] for name, record in found[0].items()}
        batches = 2 if titles["a7"] == "Batch 2" else int(titles["a2"] == "Batch 1")
        assert len(acknowledged) <= batches <= len(acknowledged) + 1
        past = before[0]
        for name, title in titles.items():
            number = int(name[1:])
            expected = past.get(name, {}).get("title")
            if batches >= 1 and 2 <= number < 6:
                expected = "Batch 1"
            if batches == 2 and 4 <= number < 8:
                expected = "Batch 2"
            assert title == expected, name
        assert ("a21" in titles, "a22" in titles) == (batches < 1, batches < 2)
    elif acknowledged == ["in part"]:
        for name, record in found[0].items():
            assert record in (before[0].get(name), after[0].get(name)), name
        assert found[0].keys() >= before[0].keys() & after[0].keys()
    elif acknowledged:
        assert found == after
    else:
        assert found in (before, after)


def steps(total: int) -> list[int]:
    """The numbers of the operations to try: all, or some from all over."""
    if total <= MOST:
        return list(range(1, total + 1))
    return sorted({1 + round(place * (total - 1) / (MOST - 1)) for place in range(MOST)})


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("work", STATES)
def test_every_step_may_fail_or_be_the_last(forks: Forks, prepared: Path, tmp_path: Path, work: str):
    def fresh(name: str) -> Path:
        root = tmp_path / name
        for each in (root, tmp_path / f"{name}.undo"):
            shutil.rmtree(each, ignore_errors=True)
        shutil.copytree(prepared, root)
        if work == "read":
            shutil.rmtree(root / "c" / "snapshots")
        return root

    state = STATES[work]
    root = fresh("whole")
    before = state(root)
    log = tmp_path / "steps.log"
    whole = forks.run(work, root, COUNT, log=log)
    assert whole["code"] == 0, whole
    after = state(root)
    done = whole["acknowledged"]
    totals = dict.fromkeys(MODES.values(), whole["seen"])
    totals[BAD_READ] = forks.run(work, fresh("whole"), BAD_READ)["seen"]
    kinds = Counter(line.split()[0] for line in log.read_text(encoding="utf-8").splitlines())
    ends: dict[str, Counter[str]] = {}
    for name, mode in MODES.items():
        ends[name] = Counter()
        # One more: whatever was not synced is lost after the work was done.
        for at in [*steps(totals[mode]), *([NEVER] if mode == LOSE else [])]:
            root = fresh("case")
            told = forks.run(work, root, mode, at)
            where = (work, name, at, told)
            assert told["code"] in {0, 1, CRASHED}, where
            if mode not in {CRASH, LOSE}:
                assert told["code"] != CRASHED, where
                assert told["code"] == 0 or "Traceback" not in told["error"], where
            with contextlib.suppress(KeyError):
                assert_sound(root / COLLECTIONS[work])
            try:
                check(work, state(root), before, after, told["acknowledged"])
            except AssertionError as error:
                raise AssertionError(f"{where}: {error}") from error
            again = forks.run(work, root)
            assert again["code"] == 0, (where, again)
            if work != "fill":
                assert state(root) == after, (where, "the next run")
            else:
                assert pages(root) == after, (where, "the next run")
            assert work not in {"compact", "read", "save", "bring_back"} or again["acknowledged"] == done, (
                where,
                again,
            )
            ends[name][{0: "done", 1: "refused", CRASHED: "crashed"}[told["code"]]] += 1
    row = "  ".join(f"{name}: {dict(found)}" for name, found in ends.items())
    sys.stderr.write(f"\n{work}: {whole['seen']} steps {dict(kinds)}, {totals[BAD_READ]} reads\n  {row}\n")


def test_the_library_makes_an_operation_fail(forks: Forks, prepared: Path, tmp_path: Path):
    """Without this, everything above would pass by doing nothing."""
    root = Path(shutil.copytree(prepared, tmp_path / "root"))
    assert forks.run("judge", root, CRASH, 1) == {"code": CRASHED, "acknowledged": []}
    told = [forks.run("write", Path(shutil.copytree(prepared, tmp_path / f"{at}")), NO_SPACE, at) for at in range(1, 9)]
    assert [each["error"] for each in told if each["code"] == 1 and "full" in each["error"]], told
