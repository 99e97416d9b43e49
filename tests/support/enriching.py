"""A site whose lists are given by pins, so that a test says what each article shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from recommender.build import build
from recommender.config import Settings
from recommender.enrich import Choice, Outcome, Page, Site
from recommender.recommend import Recommender
from support.encoders import CountingEncoder

Lists = Mapping[str, Sequence[str]]


def settings_of(lists: Lists, **enrich: Any) -> Settings:
    """Settings with which each article named shows what it is given, and every other one nothing."""
    return Settings.parse({"ranking": {"min_score": 1}, "rules": {"pinned": lists}, "enrich": enrich})


class Filling:
    """A site, a collection that is built from it, and runs over it.

    Attributes:
        site: The folder of Markdown files.
        collection: The collection's folder, beside it.
        coverage: What the last run found.
    """

    def __init__(self, site: Path, collection: Path) -> None:
        self.site = site
        self.collection = collection

    def write(self, path: str, text: str) -> Path:
        """Put a file into the site, byte for byte."""
        file = self.site / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        return file

    def read(self, path: str) -> str:
        """A file of the site, byte for byte."""
        return (self.site / path).read_bytes().decode()

    def build(self, *sources: Path) -> None:
        """Build the collection from the site, or from other sources."""
        encoder = CountingEncoder()
        build(sources or (self.site,), self.collection, settings=Settings(), encoder=encoder, allow_deletions=True)

    def fill(
        self,
        lists: Lists,
        choice: Choice | None = None,
        *,
        limit: int | None = None,
        site: Path | None = None,
        **enrich: Any,
    ) -> dict[str, Page]:
        """Fill the site, or another folder; each file's page by its path."""
        settings = settings_of(lists, **enrich)
        with closing(Recommender.open(self.collection, weights=settings.ranking, rules=settings.rules)) as opened:
            run = Site(site or self.site, opened, settings)
            pages = {page.path: page for page in run.fill(choice, limit=limit)}
        self.coverage = run.coverage
        return pages

    def plan(
        self, lists: Lists, choice: Choice | None = None, *, limit: int | None = None, **enrich: Any
    ) -> dict[str, Page]:
        """What would become of each file."""
        settings = settings_of(lists, **enrich)
        with closing(Recommender.open(self.collection, weights=settings.ranking, rules=settings.rules)) as opened:
            run = Site(self.site, opened, settings)
            pages = {page.path: page for page in run.plan(choice, limit=limit)}
        self.coverage = run.coverage
        return pages

    def outcomes(self, lists: Lists, choice: Choice | None = None, **options: Any) -> dict[str, Outcome]:
        """What became of each file when the site was filled."""
        return {path: page.outcome for path, page in self.fill(lists, choice, **options).items()}


def article(title: str, **fields: str) -> str:
    """A small article file."""
    front = "".join(f"{key}: {value}\n" for key, value in {"title": title, **fields}.items())
    return f"---\n{front}---\nIts text.\n"


def block(*titles: str) -> str:
    """The related block of articles of which nothing but the title is known."""
    return "".join(["related:\n", *(f'  - title: "{title}"\n' for title in titles)])


def with_block(text: str, *titles: str) -> str:
    """An article file with such a block at the end of its front matter."""
    front, line, body = text.rpartition("---\n")
    return f"{front}{block(*titles)}{line}{body}"
