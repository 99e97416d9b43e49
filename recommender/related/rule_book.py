"""Editors' rules as answers use them: read from the store when somebody has changed one."""

from __future__ import annotations

import json
from typing import Any

from recommender.article import RelatedRules
from recommender.config import RuleSettings
from recommender.errors import DamagedError
from recommender.store import SITE, Store

_JOINED = ("blocked", "blocked_providers", "blocked_topics")


class RuleBook:
    """The rules that editors set, of one store. Serves one thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._state: tuple[int, int] | None = None
        self._number = 0
        self._numbers: dict[str, int] = {}
        self._rules: dict[str, str] = {}
        self._read: dict[str, RelatedRules] = {}
        self._site: tuple[RuleSettings, RuleSettings] | None = None

    def see(self) -> None:
        """Read what has changed, inside a read; takes microseconds where nothing was written."""
        state = self._store.state()
        if state == self._state:
            return
        number = self._store.rules_number()
        if number != self._number or self._state is None:
            kept = list(self._store.all_rules())
            self._numbers = {each.article_id: each.number for each in kept}
            self._rules = {each.article_id: each.rules for each in kept if each.rules != "{}"}
            self._read, self._site, self._number = {}, None, number
        self._state = state

    def number_for(self, article_id: str | None) -> int:
        """Return the number of the last change that holds for an article: of its rules or of the site's."""
        return max(self._numbers.get(SITE, 0), self._numbers.get(article_id or SITE, 0))

    def of(self, article_id: str | None) -> RelatedRules | None:
        """Return the rules of an article."""
        if article_id not in self._rules or article_id is None:
            return None
        if article_id not in self._read:
            self._read[article_id] = read_rules(self._rules[article_id], article_id)
        return self._read[article_id]

    def over(self, settings: RuleSettings) -> RuleSettings:
        """Return the site's rules: what editors set before the settings; blocks and pins of both hold."""
        text = self._rules.get(SITE)
        if text is None:
            return settings
        if self._site is None or self._site[0] is not settings:
            edited = RuleSettings.model_validate_json(text)
            values: dict[str, Any] = {name: getattr(edited, name) for name in edited.model_fields_set}
            for name in _JOINED:
                values[name] = tuple(dict.fromkeys((*getattr(edited, name), *getattr(settings, name))))
            values["pinned"] = {
                name: tuple(dict.fromkeys((*edited.pinned.get(name, ()), *settings.pinned.get(name, ()))))
                for name in {**edited.pinned, **settings.pinned}
            }
            self._site = settings, settings.model_copy(update=values)
        return self._site[1]


def read_rules(text: str, article_id: str) -> RelatedRules:
    """Read the stored rules of an article.

    Raises:
        DamagedError: If they are none.
    """
    try:
        return RelatedRules.model_validate(json.loads(text))
    except ValueError as error:
        raise DamagedError(f"the rules of {article_id} cannot be read: {error}", where=article_id) from None
