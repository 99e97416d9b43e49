"""The README and the manual: links lead somewhere, examples are valid, and no command or setting is missing."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from recommender.cli import app
from recommender.config import Settings
from service.settings import ServiceSettings

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def blocks(language: str) -> list[str]:
    return [
        block for page in PAGES for block in re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.M | re.S)
    ]


def command_lines() -> list[str]:
    lines = [line for page in PAGES for line in page.read_text(encoding="utf-8").splitlines()]
    found = [line for line in lines if re.match(r"(    (\$ )?|\$ )related [a-z]", line)]
    return sorted({re.split(r"  #| > |  +(?=#)", line.strip().removeprefix("$ "))[0].strip() for line in found})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path):
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_index_lists_every_page():
    linked = set(re.findall(r"\]\((\w[\w-]*\.md)\)", read("docs/README.md")))
    assert linked == {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}


def test_the_readme_is_short():
    assert len(read("README.md").splitlines()) <= 150


def test_there_are_examples():
    assert len(command_lines()) > 30


@pytest.mark.parametrize("line", command_lines())
def test_an_example_is_a_command_line_that_is_accepted(line: str):
    _, command, *arguments = shlex.split(line)
    COMMANDS[command].make_context(command, arguments).close()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_described(command: str):
    assert f"| `related {command}" in read("docs/commands.md")


def test_examples_in_python_compile():
    for block in blocks("python"):
        compile(block, "example", "exec")


def test_examples_of_settings_are_valid():
    for block in blocks("toml"):
        Settings.parse(tomllib.loads(block))


def test_every_section_of_the_settings_is_described():
    described = tomllib.loads(blocks_of("docs/settings.md"))
    assert set(Settings.model_fields) - {"rules"} == set(described)
    page = read("docs/settings.md") + read("docs/rules.md")
    assert [name for name in Settings.model_fields if f"[{name}]" not in page] == []


def test_settings_of_the_service_exist():
    named = set(re.findall(r"`RELATED_(\w+)`", read("docs/http.md")))
    assert named <= {name.upper() for name in ServiceSettings.model_fields}


def blocks_of(name: str) -> str:
    return re.search(r"^```toml\n(.*?)^```", read(name), re.M | re.S)[1]  # type: ignore[index]
