from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recommender.errors import SourceError
from recommender.sites.python_settings import peek_python_settings, read_python_settings
from recommender.sites.root import SiteRoot


def read(folder: Path, text: str, **others: str) -> dict[str, Any]:
    for name, other in {"conf": text, **others}.items():
        (folder / f"{name}.py").write_text(other, encoding="utf-8")
    return dict(read_python_settings(SiteRoot(folder), "conf.py"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("X = 'a'", "a"),
        ("X: int = -3", -3),
        ("X = not True", False),
        ("X = None", None),
        ("X = ('a', 1, [2, {'b': 3}])", ("a", 1, [2, {"b": 3}])),
        ("X = 'a' 'b' + 'c'", "abc"),
        ("X = [1] + [2]\nX += [3]", [1, 2, 3]),
        ("X = ['a']\nX.append('b')\nX.extend(['c'])", ["a", "b", "c"]),
        ("X = {'a': 1}\nX['b'] = 2\nX.update({'c': 3})", {"a": 1, "b": 2, "c": 3}),
        ("X = {**{'a': 1}, 'b': 2}", {"a": 1, "b": 2}),
        ("X = dict(a=1, b=run())", {"a": 1, "b": None}),
        ("Y = 'en'\nX = {Y: '', 'de': './de'}", {"en": "", "de": "./de"}),
        ("Y = 'b'\nX = f'a{Y}c'", "abc"),
        ("Y = {'a': ['b']}\nX = Y['a'][0]", "b"),
        ("import os\nX = os.path.join('a', 'b')", "a/b"),
        ("import os\nX = os.environ.get('URL', 'https://x')", "https://x"),
        ("X = 'a/%s/b' % 'c'", "a/c/b"),
        ("A, X = 1, 'b'", "b"),
        ("X = 1\nX: str", 1),
        ("X = ['b']\nX.insert(0, 'a')\nX.sort()\nX.append(run())\nX.append()", ["a", "b"]),
        ("X = {'a': 1}\nX[run()] = 2\nX[{}] = 3\nX.update(7)\nY['a'] = 1\nX.y.z()\nprint(1)", {"a": 1}),
        ("X = {'a': 1} | {'b': 2}", {"a": 1, "b": 2}),
        ("X = {run(): 1, **run(), 'a': 2}", {"a": 2}),
        ("X = {'a', 'a'}", ["a", "a"]),
        ("X = list(('a', 'b'))", ["a", "b"]),
        ("X = tuple(['a'])", ("a",)),
        ("X = str(7)", "7"),
        ("X = 1\nY.z = 2\nimport X\nfrom a import b\nwith open('f') as Y:\n    pass", 1),
        ("try:\n    X = 1\nexcept ImportError:\n    X = 2", 1),
        (r"X = r'\d' + '\d'", r"\d\d"),
        ("X = ['a', run(), 'b']", ["a", "b"]),
        ("X = ('a', run(), 'b')", ("a", None, "b")),
    ],
)
def test_literals_are_read(tmp_path: Path, text: str, value: Any) -> None:
    assert read(tmp_path, text)["X"] == value


@pytest.mark.parametrize(
    "text",
    [
        "X = run()",
        "X = 'a'\nX = run()",
        "X = Y",
        "X = 'a'\nif DEBUG:\n    X = 'b'",
        "X = 'a' * 10 ** 10",
        "X = '%s %s' % 'a'",
        "X = [1][7]",
        "X = -'a'",
        "X = str([])",
        "X = list('ab')",
        "X = os.path.join('a', 7)",
        "X = 1 + 'a'",
        "X = 1 - 1",
        "X = f'{[]}'",
        "X = (lambda: 1)()",
        "X = 'a'\nfor X in run():\n    pass",
        "X = 'a'\nX += run()",
        "X = f'{3:>1000000000}'",
        "def f():\n    X = 1",
        "X = lambda: 1",
    ],
)
def test_anything_but_a_literal_is_unknown(tmp_path: Path, text: str) -> None:
    assert "X" not in read(tmp_path, text)


def test_nothing_is_run(tmp_path: Path) -> None:
    read(tmp_path, f"import pathlib\nX = pathlib.Path({str(tmp_path / 'made')!r}).touch()\nopen('made', 'w')")
    assert not (tmp_path / "made").exists()


def test_names_are_imported_from_another_file(tmp_path: Path) -> None:
    found = read(tmp_path, "A = 0\nfrom other import *\nB = A + 1", other="A = 1\nC = 'c'")
    assert (found["A"], found["B"], found["C"]) == (1, 2, "c")


def test_circular_imports_end(tmp_path: Path) -> None:
    assert read(tmp_path, "from other import *\nA = 0", other="from conf import *\nB = 1") == {"A": 0, "B": 1}


@pytest.mark.parametrize("text", ["print 'Python 2'", "X = (", "\0", "X = " + "(" * 5000, "X = " + "-" * 100_000 + "1"])
def test_invalid_python_is_reported(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError, match="settings cannot be read"):
        read(tmp_path, text)
    assert peek_python_settings(SiteRoot(tmp_path), "conf.py") == {}


def test_a_missing_file_has_no_settings(tmp_path: Path) -> None:
    assert read_python_settings(SiteRoot(tmp_path), "conf.py") == {}
