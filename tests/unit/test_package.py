"""The package as it is installed: what is no code comes along."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path


def test_every_file_that_is_no_code_is_packed(root: Path):
    packed = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["recommender"]
    others = {
        path.relative_to(root / "recommender").as_posix()
        for path in (root / "recommender").rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    found = {
        file.relative_to(root / "recommender").as_posix()
        for pattern in packed
        for file in (root / "recommender").glob(pattern)
    }
    assert others == found


def test_every_direct_dependency_is_pinned(root: Path):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + [name for names in project["optional-dependencies"].values() for name in names]
    # An extra may be made of another one of the project itself, whose requirements are among these already.
    own = {f"{project['name']}[{extra}]" for extra in project["optional-dependencies"]}
    names = {re.split(r"[<>=\[]", name)[0].lower() for name in wanted if name not in own}
    lines = (root / "constraints.txt").read_text().splitlines()
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines if not line.startswith("#")}
    assert names <= pinned
