"""A site whose lists are given by pins, so that a test says what each article shows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from recommender.build import build
from recommender.config import Settings, SourceSettings
from recommender.enrich import EnrichOptions, FolderSite, LinesSite, Outcome, PlannedPage
from recommender.related.recommender import Recommender
from support.copies import made_once
from support.encoders import CountingEncoder

Lists = Mapping[str, Sequence[str]]
EVERYDAY = "everyday"
"""The kind of site whose items hold an article's own fields and nothing else."""


def settings_of(lists: Lists, generator: str = EVERYDAY, **enrich: Any) -> Settings:
    """Settings with which each article named shows what it is given, and every other one nothing."""
    site = {"generator": generator}
    return Settings.parse({"ranking": {"min_score": 1}, "rules": {"pinned": lists}, "enrich": enrich, "site": site})


class Filling:
    """A site, a collection that is built from it, and runs over it.

    Attributes:
        site: The folder of Markdown files.
        collection: The collection's folder, beside it.
        generator: What kind of site it is.
        coverage: What the last run found.
    """

    def __init__(self, site: Path, collection: Path, generator: str = EVERYDAY) -> None:
        self.site = site
        self.collection = collection
        self.generator = generator

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
        settings, encoder = Settings.parse({"site": {"generator": self.generator}}), CountingEncoder()
        build(sources or (self.site,), self.collection, settings=settings, encoder=encoder, allow_deletions=True)

    def fill(
        self,
        lists: Lists,
        choice: EnrichOptions | None = None,
        *,
        limit: int | None = None,
        site: Path | None = None,
        **enrich: Any,
    ) -> dict[str, PlannedPage]:
        """Fill the site, or another folder; each file's page by its path."""
        settings = settings_of(lists, self.generator, **enrich)
        with closing(Recommender.open(self.collection, weights=settings.ranking, rules=settings.rules)) as opened:
            run = FolderSite(site or self.site, opened, settings)
            pages = {page.path: page for page in run.fill(choice, limit=limit)}
        self.coverage = run.coverage
        return pages

    def plan(
        self, lists: Lists, choice: EnrichOptions | None = None, *, limit: int | None = None, **enrich: Any
    ) -> dict[str, PlannedPage]:
        """What would become of each file."""
        settings = settings_of(lists, self.generator, **enrich)
        with closing(Recommender.open(self.collection, weights=settings.ranking, rules=settings.rules)) as opened:
            run = FolderSite(self.site, opened, settings)
            pages = {page.path: page for page in run.plan(choice, limit=limit)}
        self.coverage = run.coverage
        return pages

    def outcomes(self, lists: Lists, choice: EnrichOptions | None = None, **options: Any) -> dict[str, Outcome]:
        """What became of each file when the site was filled."""
        return {path: page.outcome for path, page in self.fill(lists, choice, **options).items()}


def address(title: str) -> str:
    """Where an article is served."""
    return f"https://site.example/{title.replace(' ', '-')}"


def article(title: str, **fields: str) -> str:
    """A small article file."""
    front = "".join(f"{key}: {value}\n" for key, value in {"title": title, "webUrl": address(title), **fields}.items())
    return f"---\n{front}---\nIts text.\n"


def block(*titles: str) -> str:
    """The related block of articles of which nothing but title and address is known."""
    items = (f'  - title: "{title}"\n    webUrl: "{address(title)}"\n' for title in titles)
    return "".join(["related:\n", *items])


def with_block(text: str, *titles: str) -> str:
    """An article file with such a block at the end of its front matter."""
    front, line, body = text.rpartition("---\n")
    return f"{front}{block(*titles)}{line}{body}"


class Lined:
    """A file of JSON lines, a collection of articles a, b and c, and runs over the file.

    Attributes:
        file: The file.
        collection: The collection's folder, beside it.
        coverage: What the last run found.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / "articles.jsonl"
        self.collection = folder / "collection"
        made_once("lined", _lines_and_collection, folder)

    def fill(
        self,
        lines: str | bytes,
        lists: Lists,
        choice: EnrichOptions | None = None,
        *,
        file: Path | None = None,
        max_bytes: int = 1 << 20,
    ) -> str:
        """Put these lines into the file, or into another, fill it, and give what comes out."""
        (file or self.file).write_bytes(lines if isinstance(lines, bytes) else lines.encode())
        with self.opened(lists, file=file, max_bytes=max_bytes) as run:
            out = BytesIO()
            self.pages = list(run.fill(out, choice))
        self.coverage = run.coverage
        return out.getvalue().decode("utf-8", "surrogateescape")

    @contextmanager
    def opened(self, lists: Lists, *, file: Path | None = None, max_bytes: int = 1 << 20) -> Iterator[LinesSite]:
        """The file as a site that is to be filled."""
        settings = settings_of(lists).model_copy(update={"sources": SourceSettings(max_file_bytes=max_bytes)})
        with closing(Recommender.open(self.collection, weights=settings.ranking, rules=settings.rules)) as opened:
            yield LinesSite(file or self.file, opened, settings)

    def outcomes(self) -> list[Outcome]:
        """What became of each article in the last run."""
        return [page.outcome for page in self.pages if page.path or page.problem]


def _lines_and_collection(folder: Path) -> None:
    source = folder / "source.jsonl"
    source.write_text("".join(json_article(name) for name in "abc"), encoding="utf-8")
    build([source], folder / "collection", settings=Settings(), encoder=CountingEncoder())


def json_article(name: str, **fields: Any) -> str:
    """A line of JSON of one of the articles."""
    line = {"id": name, "title": name.upper(), "webUrl": f"https://x.example/{name}", **fields}
    return json.dumps(line, ensure_ascii=False) + "\n"


def json_entry(name: str) -> dict[str, str]:
    """What is said of one of the articles in another's related field."""
    return {"title": name.upper(), "webUrl": f"https://x.example/{name}"}
