"""`related query`: the related articles of one article."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from recommender.cli.options import CollectionOption, ConfigOption, ScorerOption, read_scorer, use_one_thread
from recommender.cli.output import put, say
from recommender.errors import InputError, one_line
from recommender.related.options import MAX_TOP_K, Options, describe

if TYPE_CHECKING:
    from recommender.article import Article
    from recommender.collection import Collection
    from recommender.related.answer import Considered, RelatedArticles, RelatedItem

PLAIN_WIDTH = 140
EXPLAINED = 30
"""How many candidates the table shows; JSON has all."""

EXAMPLES = """\b
Examples:
  related query _news/2021-06-01-cirrane-announces-320m-zaragoza-region --collection collection
  related query https://www.reuters.com/article/dataprivacy-clearview-idUSL1N2M52TL --collection collection -k 3
  related query --file drafts/new.md --collection collection --format json
  related query _news/some-story --collection collection --after P30D --topic Security --where type=article
  related query _news/some-story --collection collection --explain -k 3
  related query --text "Judge limits face recognition in stores" --collection collection --format jsonl
"""


class QueryFormat(StrEnum):
    """The output format of an answer."""

    table = "table"
    json = "json"
    jsonl = "jsonl"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("query", short_help="The related articles of one article, with score and reasons.", epilog=EXAMPLES)(
        query
    )


def query(
    collection: CollectionOption,
    article: Annotated[
        str | None, typer.Argument(help="Id, webUrl, file or slug of a stored article.", metavar="[ARTICLE]")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="An article's file, stored or not.", metavar="F")] = None,
    text: Annotated[str | None, typer.Option(help="A text, such as a title.", metavar="T")] = None,
    top_k: Annotated[int, typer.Option("-k", "--top-k", min=1, max=MAX_TOP_K, help=describe("top_k"))] = 5,
    min_score: Annotated[
        float | None,
        typer.Option(min=0, max=1, help=describe("min_score"), show_default="configured"),
    ] = None,
    scorer: ScorerOption = None,
    output: Annotated[QueryFormat, typer.Option("--format", help="How to print.")] = QueryFormat.table,
    after: Annotated[
        str | None,
        typer.Option(help=describe("after")),
    ] = None,
    before: Annotated[str | None, typer.Option(help=describe("before"))] = None,
    topic: Annotated[list[str] | None, typer.Option(help=describe("topic"))] = None,
    provider: Annotated[list[str] | None, typer.Option(help=describe("provider"))] = None,
    language: Annotated[list[str] | None, typer.Option(help=describe("language"))] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(help=describe("where"), metavar="FIELD=VALUE"),
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(help=describe("exclude"), metavar="ID")] = None,
    diversity: Annotated[
        float | None,
        typer.Option(min=0, max=1, help=describe("diversity"), show_default="configured"),
    ] = None,
    max_per_provider: Annotated[
        int | None,
        typer.Option(min=0, help=describe("max_per_provider"), show_default="configured"),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show each candidate's score, its parts and its outcome.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Print the related articles of one article, best first, with score and reasons.

    The score is the share of random pairs of articles that are less related: only one pair in a thousand reaches 0.999.
    With a scorer learned by related tune, it is the probability that an editor would call the pair related. With
    --explain the candidates follow: what each feature adds to the score, and whether the candidate was shown, left out
    by a rule, a copy, under the minimum, capped, or not among the best.
    """
    use_one_thread()
    if sum(given is not None for given in (article, file, text)) != 1:
        raise typer.BadParameter("name one article: an ID or URL, or --file, or --text")
    from recommender.config import MULTILINGUAL_HINT, Settings
    from recommender.embedding.models import unknown_language_note
    from recommender.related.recommender import Recommender

    options = Options.read(
        {
            "top_k": top_k,
            "min_score": min_score,
            "scorer": read_scorer(scorer),
            "after": after,
            "before": before,
            "topic": topic or (),
            "provider": provider or (),
            "language": language or (),
            "where": where or (),
            "exclude": exclude or (),
            "diversity": diversity,
            "max_per_provider": max_per_provider,
            "explain": explain,
        }
    )
    settings = Settings.read(config) if config else None
    recommender = Recommender.open(
        collection, weights=settings.ranking if settings else None, rules=settings.rules if settings else None
    )
    try:
        asked = _article(article, file, text, recommender.collection)
        answer = recommender.related(asked, options)
        for note in answer.notes:
            say(f"note: {one_line(note)}")
        unknown = recommender.unknown_language()
        if unknown is not None:
            say(f"note: {unknown_language_note(unknown)}: {MULTILINGUAL_HINT}")
        if output is QueryFormat.json:
            put(json.dumps(answer.to_json(), ensure_ascii=False, indent=2))
        elif output is QueryFormat.jsonl:
            for item in answer.considered or answer.items:
                put(json.dumps(item.to_json(), ensure_ascii=False))
        else:
            _print_answer(answer)
    finally:
        recommender.close()


_OF_MANY = frozenset({".jsonl", ".ndjson", ".json", ".xml", ".wxr", ".rss", ".atom"})
"""Suffixes of files that hold many articles."""


def _article(article: str | None, file: Path | None, text: str | None, collection: Collection) -> str | Article:
    from recommender.article import Article
    from recommender.related.references import find_reference
    from recommender.sources import ReadArticle, SiteFile, Skipped, Unreadable

    if article is not None:
        return find_reference(collection, article)
    if file is None:
        return Article.read({"title": text})
    if not file.is_file():
        raise InputError("there is no such file", where=str(file))
    if file.suffix.lower() in _OF_MANY:
        raise InputError(
            "this is not a file of one article", where=str(file), expected="a Markdown, reStructuredText or HTML file"
        )
    # Read drafts too: --file is for articles that are not published yet.
    settings = collection.store.settings
    shown = settings.site.model_copy(update={"drafts": "show"})
    source = SiteFile(file, settings.model_copy(update={"site": shown}))
    found = next(iter(source.scan({})))
    if isinstance(found, Unreadable):
        raise found.error
    if isinstance(found, Skipped):
        raise InputError(f"the file holds no article: {found.reason}", where=str(file))
    assert isinstance(found, ReadArticle)  # noqa: S101 - no file is known, so none is unchanged
    # The file of a stored article gets its id; otherwise it would be related to itself.
    stored = collection.article_of_file(file)
    return found.article if stored is None else found.article.model_copy(update={"id": stored})


def _print_answer(answer: RelatedArticles) -> None:
    put(f"Related to: {one_line(answer.article.title)}")
    if answer.duplicates:
        put(f"Copies of it: {', '.join(one_line(copy.article_id) for copy in answer.duplicates)}")
    if not answer.items:
        put("Nothing here is related enough.")
    else:
        columns = [_Column("score", right=True), _Column("title", 5), _Column("provider", 2), _Column("date")]
        _print_table([*columns, _Column("why", 4)], [_shown(item) for item in answer.items])
    if answer.considered:
        put(f"\nThe {min(len(answer.considered), EXPLAINED)} most related of {len(answer.considered)} candidates:")
        considered = answer.considered[:EXPLAINED]
        parts = [_Column(name, right=True) for name in considered[0].parts]
        columns = [_Column("score", right=True), *parts, _Column("article", 5), _Column("outcome", 4)]
        _print_table(columns, [_explained(candidate) for candidate in considered])


def _shown(item: RelatedItem) -> list[str]:
    related = item.article
    provider = related.provider.name if related.provider else None
    date = related.published_date_time.date().isoformat() if related.published_date_time else ""
    copies = f"{len(item.duplicates)} cop{'y' if len(item.duplicates) == 1 else 'ies'}" if item.duplicates else ""
    why = [*(["pinned"] if item.pinned else []), *item.reasons, *([copies] if copies else [])]
    return [f"{item.score:.4f}", related.title, provider or "", date, ", ".join(why)]


def _explained(candidate: Considered) -> list[str]:
    parts = (f"{value:+.3f}" for value in candidate.parts.values())
    return [f"{candidate.score:.4f}", *parts, candidate.title, candidate.fate]


class _Column(NamedTuple):
    """A column of a table; a column with a share of the width folds its text."""

    name: str
    share: int | None = None
    right: bool = False


def _print_table(columns: list[_Column], rows: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH, highlight=False)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        justify: Literal["left", "right"] = "right" if column.right else "left"
        table.add_column(
            column.name, ratio=column.share, justify=justify, overflow="fold", no_wrap=column.share is None
        )
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    with console.capture() as printed:
        console.print(table)
    put("\n".join(line.rstrip() for line in printed.get().splitlines()))
