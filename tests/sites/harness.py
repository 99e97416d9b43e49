"""Enriches a site with the real command, and checks the pages that its generator makes of it.

A test writes a small site, calls `fill`, runs the generator, and hands its output to `check_pages`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from lxml import html
from sites.stories import GERMAN, STORIES
from typer.testing import CliRunner

from recommender.cli import app
from recommender.sites import find_site
from recommender.sites.page import Page
from recommender.sites.profile import SiteProfile
from recommender.sources.syntaxes import syntax_of


@dataclass(frozen=True)
class Survey:
    """What a profile says of every file of a site, by path below it.

    Attributes:
        profile: What the site was recognised as.
        addresses: Of the articles that readers may see.
        titles: Of these and of the hidden ones.
        hidden: Why readers may not see an article.
        passed_over: Why a file is no article.
        languages: Of the articles that readers may see.
        translations: Their translation keys; empty where there is none.
        lost: Values that could not be read.
    """

    profile: SiteProfile
    addresses: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    passed_over: dict[str, str] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    translations: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """What the commands printed, and what the site held when they ran."""

    build: str
    enrich: str
    survey: Survey


def need(program: str) -> str:
    """A generator's command; without it the test is skipped."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed on this machine")
    return found


def run(*command: object, cwd: Path, **environment: str) -> str:
    """Run a command to its end; what it printed. A failure fails the test with all it said."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=280,
    )
    assert done.returncode == 0, f"{command[0]} failed with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return f"{done.stdout}{done.stderr}"


def write(site: Path, files: Mapping[str, str]) -> None:
    """Write a site's files."""
    for path, text in files.items():
        target = site / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def survey(site: Path) -> Survey:
    """Ask the site's profile about every file of it."""
    profile = find_site(site).profile
    found = Survey(profile)
    for path in sorted(file.relative_to(site).as_posix() for file in site.rglob("*") if file.is_file()):
        _look_at(site, path, found)
    return found


def _look_at(site: Path, path: str, found: Survey) -> None:
    steps = path.split("/")
    folders = ["/".join(steps[:end]) + "/" for end in range(1, len(steps))]
    why = next((why for place in folders if (why := found.profile.path_skip_reason(place)) is not None), None)
    suffix = Path(path).suffix.lower()
    if why is None:
        why = found.profile.path_skip_reason(path) if suffix in found.profile.suffixes else f"kind {suffix}"
    # A folder of drafts is known by its path alone.
    hidden = "draft" if why == "draft" else None
    if why is None or hidden:
        page = _read(site / path, path, found.profile)
        why = found.profile.page_skip_reason(page)
    if why is not None:
        found.passed_over[path] = why
        return
    said = found.profile.describe(page, datetime.now(UTC), lambda: _first_heading(page))
    found.titles[path] = said.fields["title"]
    hidden = hidden or said.hidden
    if hidden is not None:
        found.hidden[path] = hidden
        return
    found.lost.extend(f"{path}: {lost}" for lost in said.lost)
    found.addresses[path] = said.fields.get("webUrl", "")
    found.languages[path] = said.fields.get("language", "")
    found.translations[path] = said.fields.get("translationKey", "")


def _first_heading(page: Page) -> str | None:
    found = re.search(r"^# +(.+)$", page.body, re.MULTILINE)
    return found[1] if found else None


def _read(file: Path, path: str, profile: SiteProfile) -> Page:
    meta = file.with_suffix(profile.meta_suffix) if profile.meta_suffix else file
    if meta != file and meta.is_file():
        syntax = syntax_of(meta.name, meta.read_bytes())
        return Page(path, syntax.parse(meta.read_bytes()).fields, file.read_text(encoding="utf-8"), syntax.name)
    data = file.read_bytes()
    syntax = syntax_of(path, data)
    document = syntax.parse(data)
    is_html = syntax.name == "plain" and path.endswith((".html", ".htm"))
    fields = profile.fields_of_html(document.body) if is_html else None
    return Page(path, document.fields if fields is None else fields, document.body, syntax.name)


def fill(site: Path, tmp: Path, *, into: Path | None = None, settings: str = "") -> Report:
    """Run `related build` and `related enrich` on a site.

    Args:
        site: The site; its article files are written into, unless `into` is given.
        tmp: For the collection and the settings.
        into: The data file that holds all lists.
        settings: Text of a `related.toml`.
    """
    found = survey(site)
    collection = tmp / "collection"
    options: list[object] = ["--collection", collection]
    if settings:
        (tmp / "related.toml").write_text(settings, encoding="utf-8")
        options += ["--config", tmp / "related.toml"]
    built = _run_related("build", site, *options)
    into_options: list[object] = [] if into is None else ["--into", into]
    enriched = _run_related("enrich", site, *options, *into_options)
    return Report(built, enriched, found)


def _run_related(*arguments: object) -> str:
    """Run a command of ours in this process, so that the model's library is loaded once for all tests."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, f"{arguments[0]} failed with {done.exit_code}\n{done.output}"
    return done.output


@dataclass(frozen=True)
class Checked:
    """What was found in the pages."""

    articles: int
    links: int
    lists: int


def check_pages(out: Path, base: str, found: Survey, *, at_least: int = 6, hidden_pages: Sequence[str] = ()) -> Checked:
    """Check every page that a generator made.

    An article's page is known by its `<h1>`, which holds its title and nothing else; a related link by the element with
    the class `related` around it.

    Args:
        out: The generator's output.
        base: What `out` is served as, such as `https://paper.example/news/`.
        found: The survey of the site.
        at_least: How many pages must have a related list.
        hidden_pages: Paths of hidden articles that the generator makes pages of all the same.
    """
    # A title may stand twice in a site (a translation that was not translated).
    wanted = {path: _file_of(out, base, address) for path, address in found.addresses.items()}
    wrong = [*found.lost]
    wrong += [f"{path}: {found.addresses[path]} has no page" for path, file in wanted.items() if file is None]
    pages = {file: _parsed(file) for file in sorted(out.rglob("*.html")) if file.is_file() and file.stat().st_size}
    for path, file in wanted.items():
        if file is not None and found.titles[path] not in _headings(pages[file]):
            wrong.append(f"{path}: {found.addresses[path]} is the page of {_headings(pages[file])}")
    right = {file for file in wanted.values() if file is not None}
    titles = {found.titles[path] for path in found.addresses} | {story.title for story in (*STORIES, *GERMAN)}
    concealed = {found.titles[path] for path in found.hidden if path not in hidden_pages}
    hidden_titles = {found.titles[path] for path in found.hidden}
    links = lists = 0
    for file, page in pages.items():
        name = file.relative_to(out).as_posix()
        if file not in right and titles & _headings(page):
            wrong.append(f"{name} is an article's page, and no address leads to it: {_headings(page)}")
        if concealed & _headings(page):
            wrong.append(f"{name} is the page of a hidden article: {_headings(page)}")
        anchors = [anchor for part in _related(page) for anchor in part.iter("a") if anchor.get("href")]
        lists += bool(anchors)
        for anchor in anchors:
            links += 1
            target = _file_of(out, base, urljoin(_address_of(out, base, file), anchor.get("href")))
            if target is None:
                wrong.append(f"{name} links to {anchor.get('href')}, which is not there")
            elif hidden_titles & _headings(pages[target]):
                wrong.append(f"{name} links to a hidden article: {anchor.get('href')}")
            elif anchor.text_content().strip() not in _headings(pages[target]):
                wrong.append(f"{name} calls {_headings(pages[target])} {anchor.text_content().strip()!r}")
    count = len(found.addresses)
    bad = sum(1 for path, file in wanted.items() if file is None or found.titles[path] not in _headings(pages[file]))
    print(f"\n{'articles':>10} {'addresses right':>16} {'related lists':>14} {'links checked':>14}")
    print(f"{count:>10} {count - bad:>16} {lists:>14} {links:>14}")
    assert not wrong, "\n".join(wrong)
    assert lists >= at_least, f"only {lists} pages have a related list"
    return Checked(count, links, lists)


def _parsed(file: Path) -> html.HtmlElement:
    return html.fromstring(file.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))


def _related(page: html.HtmlElement) -> list[html.HtmlElement]:
    # Sphinx gives the class to its bars of navigation too.
    parts = (part for part in page.iter() if part.get("role") != "navigation")
    return [part for part in parts if "related" in (part.get("class") or "").split()]


def _headings(page: html.HtmlElement) -> set[str]:
    return {" ".join(heading.text_content().split()) for heading in page.iter("h1")}


def _file_of(out: Path, base: str, address: str) -> Path | None:
    """The file that a web server would answer an address with."""
    wanted, served = urlsplit(urljoin(base, address)), urlsplit(base)
    if (wanted.scheme, wanted.netloc) != (served.scheme, served.netloc) or not wanted.path.startswith(served.path):
        return None
    path = unquote(wanted.path.removeprefix(served.path)).lstrip("/")
    choices = (out / path / "index.html",) if path.endswith("/") or not path else (out / path, out / f"{path}.html")
    return next((choice for choice in choices if choice.is_file()), None)


def _address_of(out: Path, base: str, file: Path) -> str:
    return urljoin(base, file.relative_to(out).as_posix().removesuffix("index.html"))
