"""`related rules`: the rules that editors set in the explorer, as settings, and the log of who changed them."""

from __future__ import annotations

import contextlib
import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from recommender.cli.options import CollectionOption
from recommender.cli.output import put, say

if TYPE_CHECKING:
    from recommender.store import Store

EXAMPLES = """\b
Examples:
  related rules export --collection collection > rules.toml
  related rules log --collection collection
  related rules log --collection collection --article guides/start
"""


class Action(StrEnum):
    """What to print."""

    EXPORT = "export"
    LOG = "log"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("rules", short_help="Print the rules that editors set, and who changed them.", epilog=EXAMPLES)(rules)


def rules(
    action: Annotated[Action, typer.Argument(help="`export` prints settings, `log` all changes.")],
    collection: CollectionOption,
    article: Annotated[
        str | None, typer.Option(help="Only what is of this article: its id or webUrl.", metavar="ID")
    ] = None,
) -> None:
    """Print what editors pinned, blocked and kept in the explorer, or who changed what and when.

    `export` prints the tables [rules] and [rules.articles] of a related.toml, which hold in builds of another
    collection too; `log` prints one JSON object per change, the newest first. Rules stay in the collection when it is
    built again, even with --recreate.
    """
    from recommender.collection import Collection

    with contextlib.closing(Collection.open(collection)) as opened, opened.store.reading():
        of = None if article is None else opened.resolve(article)
        if action is Action.EXPORT:
            _export(opened.store, of)
        else:
            _log(opened.store, of)


def _export(store: Store, article_id: str | None) -> None:
    import tomlkit

    from recommender.related.rule_book import read_rules
    from recommender.store import SITE

    site, articles = tomlkit.table(), tomlkit.table(is_super_table=True)
    for kept in store.all_rules():
        if kept.rules == "{}" or article_id not in {None, kept.article_id}:
            continue
        if kept.article_id == SITE:
            site.update(json.loads(kept.rules))
            continue
        own = tomlkit.table()
        stored = store.get(kept.article_id)
        own.add(tomlkit.comment(stored.article.title if stored else "no longer in the collection"))
        own.update(read_rules(kept.rules, kept.article_id).model_dump(mode="json", exclude_unset=True))
        articles[kept.article_id] = own
    if articles:
        site["articles"] = articles
    put(tomlkit.dumps({"rules": site}).rstrip("\n") if site else "# no editor has set a rule")
    say(f"{len(articles):,} articles have rules")


def _log(store: Store, article_id: str | None) -> None:
    count, before = 0, None
    while changes := list(store.rule_changes(article_id, before=before)):
        for change in changes:
            told = change._asdict() | {"before": json.loads(change.before), "after": json.loads(change.after)}
            put(json.dumps(told, ensure_ascii=False))
        count, before = count + len(changes), changes[-1].number
    say(f"{count:,} changes")
