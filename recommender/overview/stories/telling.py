"""Tells the story of one article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from recommender.article import Article
from recommender.collection import Collection
from recommender.entry import related_entry
from recommender.errors import NotFoundError
from recommender.overview.stories.file import Story, StoryFile
from recommender.ranking.reasons import says_update
from recommender.text import folded_hash

Role = Literal["earlier", "this", "copy", "update", "later"]
ITEM_FIELDS = ("title", "publishedDateTime", "webUrl", "provider")


@dataclass(frozen=True)
class Member:
    """An article of a story, seen from another one.

    Attributes:
        article: The article.
        role: `this` for the article asked about; `copy` for the same text told again; `earlier` for what came before;
            `update` for what came later from the same outlet, or says that it is an update; `later` for all else.
    """

    article: Article
    role: Role

    def to_json(self) -> dict[str, Any]:
        """Return the role with the article's id, title, date, address and provider."""
        entry = related_entry(self.article)
        named = {name: entry[name] for name in ITEM_FIELDS if name in entry}
        return {"role": self.role, "id": self.article.id, **named}


@dataclass(frozen=True)
class ToldStory:
    """The story of an article.

    Attributes:
        story_id: The id of its earliest article; None if the article stands alone.
        label: The words and names that its titles share, best first.
        members: Its articles in the order of time, undated ones last, with the article itself.
        before: How many earlier articles were cut off; `after` likewise.
        revision: The collection's revision.
        computed_revision: The revision that stories were computed of; None if they were not yet.
    """

    story_id: str | None
    label: Sequence[str]
    members: list[Member]
    before: int
    after: int
    revision: int
    computed_revision: int | None

    @property
    def notes(self) -> list[str]:
        """What a reader should know of it."""
        notes = []
        if self.computed_revision is None:
            notes.append("the stories of this collection have not been computed yet")
        elif self.computed_revision != self.revision:
            notes.append(f"stories are of revision {self.computed_revision}: later changes are not in them yet")
        if self.before or self.after:
            notes.append(f"{self.before} earlier and {self.after} later articles were left out")
        return notes

    def to_json(self) -> dict[str, Any]:
        """Return the story as the HTTP API does; with `notes` if there are any."""
        told = {
            "story": self.story_id,
            "label": list(self.label),
            "articles": [member.to_json() for member in self.members],
            "count": self.before + len(self.members) + self.after,
            "before": self.before,
            "after": self.after,
            "revision": self.revision,
            "computedRevision": self.computed_revision,
        }
        return {**told, "notes": self.notes} if self.notes else told


def tell_story(collection: Collection, stories: StoryFile | None, article_id: str, most: int) -> ToldStory:
    """Return the story of a stored article, cut to `most` articles around it.

    Args:
        collection: The collection.
        stories: Its stories, if they were computed; of an earlier revision, articles that are gone are left out.
        article_id: The id of the article.
        most: How many articles to tell of at most, at least 1.

    Raises:
        NotFoundError: If there is no such article.
    """
    with collection.reading() as index:
        if article_id not in index:
            raise NotFoundError(f"there is no article {article_id}", where=collection.store.where)
        if stories is not None and stories.state.uuid != collection.store.uuid:
            stories = None  # of the collection before a backup was restored
        found = stories.around(article_id, most) if stories is not None else None
        story = found or Story([article_id], [], article_id)
        ids = [each for each in story.ids if each in index]
        # Dates may have changed since; NaN comes last, and the ids of one date are sorted already.
        ids = [ids[place] for place in np.argsort(index.days(ids), kind="stable").tolist()]
        copies = set(index.copies(index.profile(article_id))) if len(ids) > 1 else set[str]()
        articles = {stored.article_id: stored.article for stored in collection.store.articles(sorted(ids))}
        is_story = story.before + len(ids) + story.after > 1
        return ToldStory(
            story_id=story.story_id if is_story else None,
            label=story.label if is_story else [],
            members=_members([articles[each] for each in ids], article_id, copies),
            before=story.before,
            after=story.after,
            revision=index.revision,
            computed_revision=stories.state.revision if stories is not None else None,
        )


def _members(articles: Sequence[Article], article_id: str, copies: set[str]) -> list[Member]:
    own = next(place for place, article in enumerate(articles) if article.id == article_id)
    roles: list[Role] = []
    for place, article in enumerate(articles):
        if place == own:
            roles.append("this")
        elif article.id in copies:
            roles.append("copy")
        elif place < own:
            roles.append("earlier")
        else:
            roles.append("update" if _updates(article, articles[own]) else "later")
    return [Member(article, role) for article, role in zip(articles, roles, strict=True)]


def _updates(later: Article, earlier: Article) -> bool:
    outlet = _outlet(later)
    return says_update(later.title) or (outlet != 0 and outlet == _outlet(earlier))


def _outlet(article: Article) -> int:
    """Return the hash of an article's outlet, 0 if it is unknown."""
    provider = article.provider
    return folded_hash((provider.domain or provider.name) if provider else None)
