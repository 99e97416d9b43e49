"""The README and the manual: links lead somewhere, settings are valid, and no command, setting or route is missing.

`make docs` checks the links between the manual's pages, into the generated ones too.
"""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from support.serving import KEYS
from typer.main import get_command

from recommender.cli import app
from recommender.config import Settings
from recommender.sites import GENERATORS
from service.app import create_app
from service.settings import ServiceSettings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PACKAGES = ("recommender", "service")
GENERATED = ("commands", "settings", "http")
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(page for page in DOCS.rglob("*.md") if page.parent.name != "reference" or page.stem not in GENERATED),
]


@pytest.fixture(scope="module")
def references() -> ModuleType:
    found = importlib.util.spec_from_file_location("references", DOCS / "references.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path):
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if link.startswith("https://") or (target.parent.name == "reference" and target.stem in GENERATED):
            continue
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_pages_are_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
    assert [page.name for page in PAGES if len(page.read_text(encoding="utf-8").splitlines()) > 300] == []


def test_examples_of_settings_are_valid():
    blocks = [block for page in PAGES for block in re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.M | re.S)]
    assert len(blocks) > 5
    for block in blocks:
        # Other tools have their settings in TOML too.
        if set(values := tomllib.loads(block)) & set(Settings.model_fields):
            Settings.parse(values)


def test_variables_of_the_service_exist():
    named = {name for page in PAGES for name in re.findall(r"`RELATED_(\w+)`", page.read_text(encoding="utf-8"))}
    of_others = {"CACHE", "ENCODER_KEY", "ENGINE_KEY", "GHOST_KEY"}
    assert named - of_others <= {name.upper() for name in ServiceSettings.model_fields}


def test_every_command_has_its_help(references: ModuleType):
    page = "\n".join(references.commands())
    for name in get_command(app).commands:  # type: ignore[attr-defined]
        assert f"\n## related {name}" in f"\n{page}", name
    assert page.count("Examples:") >= page.count("\n## ") - 1


def test_every_setting_is_described(references: ModuleType):
    page = "\n".join(references.settings())
    names = [name for table in Settings.model_fields.values() for name in type(table.default).model_fields]
    names += [f"RELATED_{name.upper()}" for name in ServiceSettings.model_fields]
    assert [name for name in names if f"| `{name}` |" not in page] == []


def test_every_route_is_described(references: ModuleType, site_collection: Path):
    page = "\n".join(references.routes())
    document = create_app(ServiceSettings.read(collection=site_collection, **KEYS)).openapi()
    for path, operations in document["paths"].items():
        for method in operations:
            assert f"## {method.upper()} {path}\n" in page


def test_messages_that_are_explained_are_those_of_the_code():
    page = (DOCS / "operate.md").read_text(encoding="utf-8")
    table = page.partition("## When something breaks")[2].partition("\n## ")[0]
    code = "\n".join(file.read_text(encoding="utf-8") for name in PACKAGES for file in (ROOT / name).rglob("*.py"))
    messages = [message for row in re.findall(r"^\| (.+?) \|", table, re.M) for message in re.findall(r"`(.+?)`", row)]
    assert len(messages) > 10
    # What differs from case to case is `...` on the page.
    parts = [part.strip() for message in messages for part in re.split(r"\.\.\.|: ", message)]
    assert [part for part in parts if part not in code] == []


def test_every_generator_has_a_page():
    of_one_page = {"ablog": "sphinx", "markdown": "other", "html": "other", "everyday": "other"}
    pages = {page.stem for page in (DOCS / "sites").glob("*.md")}
    assert {of_one_page.get(name, name) for name in GENERATORS} <= pages
