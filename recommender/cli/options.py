"""Options that several commands share, and where settings come from."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote

import typer

from recommender.config import FILE_NAME, Settings
from recommender.errors import CollectionError, InputError, NotFoundError

if TYPE_CHECKING:
    from recommender.collection import Collection
    from recommender.ranking.learned import LearnedScorer

COLLECTION_HELP = "The collection: a folder, or postgresql://..."
CollectionOption = Annotated[str, typer.Option("--collection", help=COLLECTION_HELP, metavar="PLACE")]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help=f"Settings to use instead of {FILE_NAME} or the recorded ones.", metavar="F"),
]


def use_one_thread() -> None:
    """Compute on one core, unless the environment says otherwise; call it before numpy is imported.

    Products are so small that more threads occupy a second core and save no time.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def build_settings(config: Path | None, sources: Sequence[str], collection: str, model: str | None) -> Settings:
    """Read the settings of a build: `--config`, or `related.toml` in a source's root, or the recorded ones.

    If neither names an encoder, it is the recorded one.
    """
    from recommender.collection import Collection

    recorded: Settings | None = None
    if Collection.exists(collection):
        # The build itself reports a collection that cannot be opened, or replaces it.
        with contextlib.suppress(CollectionError), contextlib.closing(Collection.open(collection)) as opened:
            recorded = opened.store.settings if opened.store.encoding else None
    roots = [Path(source) for source in sources]
    file = config or next((place for root in roots if (place := root / FILE_NAME).is_file()), None)
    settings = Settings.read(file) if file else recorded or Settings()
    if model is not None:
        folder = Path(model).expanduser()
        # Record an absolute path, which is found from any working directory.
        model = str(folder.resolve()) if folder.is_dir() else model
        return settings.model_copy(update={"encoder": settings.encoder.model_copy(update={"model": model})})
    if recorded is not None and "encoder" not in settings.model_fields_set:
        return settings.model_copy(update={"encoder": recorded.encoder})
    return settings


def site_settings(
    config: Path | None, site: Path, collection: str, *, items: int | None, repair: bool | None
) -> Settings:
    """Read the settings to fill a site: `--config`, or `related.toml` in its root, or the recorded ones.

    Args:
        config: The file that `--config` names.
        site: The site's folder, or a file in its root.
        collection: Where the collection is.
        items: How many items a list has; None for the configured number.
        repair: Whether to repair texts; likewise.
    """
    from recommender.collection import Collection

    root = site if site.is_dir() else site.parent
    file = config or (root / FILE_NAME if site.exists() and (root / FILE_NAME).is_file() else None)
    if file is not None:
        settings = Settings.read(file)
    else:
        with contextlib.closing(Collection.open(collection)) as opened:
            settings = opened.store.settings
    named = {name: value for name, value in (("items", items), ("repair", repair)) if value is not None}
    return settings.model_copy(update={"enrich": settings.enrich.model_copy(update=named)})


WorkersOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="How many processes work on many articles; each needs the memory of one.",
        metavar="N",
        show_default="one a core, at most 8",
    ),
]

ScorerOption = Annotated[
    str | None,
    typer.Option(
        "--scorer",
        help="default, dense, lexical, learned, or a file that related tune wrote.",
        metavar="NAME|PATH",
        show_default="the collection's learned scorer, or default",
    ),
]


def read_scorer(name: str | None) -> str | LearnedScorer | None:
    """Read the scorer that `--scorer` names.

    Raises:
        typer.BadParameter: If there is none of that name.
        ScorerError: If the file is not a valid scorer.
    """
    from recommender.ranking.learned import LearnedScorer
    from recommender.ranking.scorers import SCORERS

    if name is None or name in SCORERS:
        return name
    if not Path(name).is_file():
        raise typer.BadParameter(f"there is no scorer {name!r}; expected {', '.join(SCORERS)} or a file")
    return LearnedScorer.read(Path(name))


def read_queries(path: Path, collection: Collection) -> list[str]:
    """Resolve the lines of a file to ids; a line is an id, as it is or as `related run` writes it, or a webUrl.

    Raises:
        InputError: If the file cannot be read as UTF-8 text.
        NotFoundError: If a line names no article; it names the first.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the queries cannot be read: {error}", where=str(path), expected="UTF-8 text") from None
    ids = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                ids.append(_resolve(line.strip(), collection))
            except NotFoundError as error:
                error.where = f"{path}, line {number}"
                raise
    return ids


def _resolve(line: str, collection: Collection) -> str:
    from recommender.related.references import find_reference

    try:
        return find_reference(collection, line)
    except NotFoundError:
        decoded = unquote(line)
        if decoded == line:
            raise
        return find_reference(collection, decoded)
