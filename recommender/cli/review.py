"""`related enrich --review`: plan every change, and serve the page where an editor decides on them."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.cli.output import list_problems, progress_bar, say
from recommender.cli.serve import refuse_taken, require_service, serve_until_stopped, set_up

if TYPE_CHECKING:
    from recommender.config import Settings
    from recommender.enrich import EnrichOptions
    from recommender.enrich.review import Session

HOST = "127.0.0.1"


def serve_review(
    place: Path, collection: str, settings: Settings, options: EnrichOptions, workers: int, port: int
) -> None:
    """Plan the changes of a site, and serve the page of their review until it is stopped.

    Raises:
        SourceError: If the site is no folder of article files.
        ConfigError: If the service is not installed, or cannot listen.
    """
    require_service()
    from recommender.collection_folder import absolute
    from service.settings import new_key

    refuse_taken(HOST, port)
    session = plan_review(place, collection, settings, options, workers)
    if not session.changes:
        say("nothing would change; there is nothing to review")
        return
    say(f"{len(session.changes):,} files would change")
    with tempfile.TemporaryDirectory(prefix="related-") as folder:
        file = Path(folder) / "review.json"
        file.write_text(session.model_dump_json(), encoding="utf-8")
        key, digest = new_key()
        set_up(
            collection=absolute(collection),
            workers=1,
            shared=Path(folder),
            review=file,
            write_keys=digest,
            read_keys="",
            read_open=False,
        )
        say(f"review at http://{HOST}:{port}/review#key={key}")
        serve_until_stopped(HOST, port)


def plan_review(place: Path, collection: str, settings: Settings, options: EnrichOptions, workers: int) -> Session:
    """Return every change that a run would make, in the order of the files; problems are listed."""
    from recommender.enrich import FolderSite
    from recommender.enrich.review import Session, changes_of
    from recommender.related.recommender import Recommender

    recommender = Recommender.open(collection, weights=settings.ranking, rules=settings.rules)
    with contextlib.closing(recommender), progress_bar() as advance:
        site = FolderSite(place, recommender, settings, workers=workers - 1)
        site.refuse_fields()
        changes, unnamed = [], []
        for done, (page, change) in enumerate(changes_of(site, options), start=1):
            advance("planning", done, 0)
            if change is not None and page.path.isprintable():
                changes.append(change)
            elif change is not None:
                unnamed.append(page.path)
    list_problems(site.coverage.problems)
    if unnamed:
        say(f"note: {len(unnamed):,} files have names that a page cannot show; they are not in the review")
    chosen = json.loads(settings.chosen())
    return Session(site=place.resolve(), settings=chosen, overwrite=options.overwrite, changes=changes)
