"""What is built has all that an installation needs, and the demo runs from it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import httpx2
import pytest
from support.answering import ACLU, REUTERS
from support.serving import wait_until

PORT = 8937


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A copy, for the build leaves its files beside what it builds.
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("recommender", "service", "data/site"):
        shutil.copytree(root / name, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (
        "pyproject.toml",
        "setup.py",
        "MANIFEST.in",
        "README.md",
        "LICENSE",
        "constraints.txt",
        "CHANGELOG.md",
    ):
        shutil.copy(root / name, folder / "source")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, folder / "source"]
    subprocess.run(build, check=True)
    [found] = folder.glob("*.whl")
    return found


def test_it_holds_packages_pages_and_the_sample_site_and_nothing_else(wheel: Path, root: Path):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"recommender", "service"}
    for folder, inside in [
        ("service/static", "service/static"),
        ("service/wordpress", "service/wordpress"),
        ("service/texts", "service/texts"),
        ("data/site", "recommender/sample_site"),
    ]:
        there = {str(path.relative_to(root / folder)) for path in (root / folder).rglob("*") if path.is_file()}
        assert {f"{inside}/{name}" for name in there} <= set(names)
    assert {name for name in names if name.endswith(("Dockerfile", ".yaml"))} == set()
    assert {f"recommender/pages/{path.name}" for path in (root / "recommender" / "pages").glob("*.*")} <= set(names)
    assert "recommender/py.typed" in names


def test_its_description_links_to_nothing_that_an_index_does_not_have(wheel: Path, root: Path):
    archive = zipfile.ZipFile(wheel)
    [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    described = message_from_bytes(archive.read(metadata))
    assert described["Description-Content-Type"] == "text/markdown"
    text = described.get_payload()
    assert "](docs/" in (root / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((?!https?:)", text) == []
    assert "(`docs/" in text


def test_the_demo_runs_from_it(wheel: Path, tmp_path: Path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "recommender.cli", "demo", "--port", str(PORT)]
    with (tmp_path / "log").open("wb") as log:
        demo = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:

        def is_ready() -> bool:
            assert demo.poll() is None, (tmp_path / "log").read_text()
            try:
                return httpx2.get(f"http://127.0.0.1:{PORT}/health/ready").status_code == 200
            except httpx2.TransportError:
                return False

        wait_until(is_ready)
        answer = httpx2.get(f"http://127.0.0.1:{PORT}/v1/related", params={"id": ACLU})
        assert answer.json()["related"][0]["id"] == REUTERS
        assert "key for editing" in (tmp_path / "log").read_text()
    finally:
        demo.terminate()
        demo.wait()
    assert list(tmp_path.glob("related-*")) == []
