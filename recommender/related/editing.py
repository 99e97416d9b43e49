"""Changes of editors' rules: checked, merged with what is there, and kept with who made them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from recommender.article import RelatedRules
from recommender.collection import Collection
from recommender.config import RuleSettings
from recommender.errors import ChangedRulesError, InputError, InvalidRulesError, NotFoundError, SharedUrlError
from recommender.store import SITE, KeptRules

MAX_EDITOR_CHARS = 100
OF_SITE = tuple(sorted(RuleSettings.model_fields.keys() - {"articles", "linked"}))
"""The rules of a site that editors can set; `linked` is left to the settings, with which texts are read."""


def edit_rules(
    collection: Collection, article_id: str, patch: Mapping[str, Any], editor: str, *, expected: int | None = None
) -> KeptRules:
    """Change the rules of an article, or of the site, durably; every process obeys them from its next answer on.

    Args:
        collection: The collection.
        article_id: The id of a stored article, or `SITE`.
        patch: The rules to set, as a JSON merge patch (RFC 7396): a rule that is null goes, the others stay.
        editor: Who changes them.
        expected: The number of the rules that the editor saw; None to change them whatever they are.

    Raises:
        InvalidRulesError: If a rule is unknown, out of range, or names no article.
        ChangedRulesError: If somebody changed them since.
        NotFoundError: If the article is not stored.
    """
    store = collection.store
    while True:
        with store.reading():
            if article_id != SITE and not store.stored_states([article_id]):
                raise NotFoundError(f"there is no article {article_id}")
            before = store.rules_of(article_id)
            known = json.loads(before.rules)
            merged = {name: value for name, value in {**known, **patch}.items() if value is not None}
            rules = _checked(merged, article_id)
            _check_references(collection, article_id, rules, known)
        text = json.dumps(rules, ensure_ascii=False, sort_keys=True)
        try:
            return store.set_rules(article_id, text, editor, expected=before.number if expected is None else expected)
        except ChangedRulesError:
            if expected is not None:
                raise


def _checked(rules: dict[str, Any], article_id: str) -> dict[str, Any]:
    """Return rules as they are kept: checked, without those that say nothing."""
    kind: type[BaseModel] = RelatedRules if article_id != SITE else RuleSettings
    known = {field.alias or name: name for name, field in kind.model_fields.items()}
    if article_id == SITE:
        known = {name: name for name in OF_SITE}
    unknown = next((name for name in rules if name not in known), None)
    if unknown is not None:
        raise InvalidRulesError(f"there is no rule {unknown}", expected=f"one of {', '.join(sorted(known))}")
    try:
        checked = kind.model_validate(rules)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise InvalidRulesError(f"{fault['loc'][0]} is {fault['input']!r:.80}: {fault['msg']}") from None
    kept: dict[str, Any] = checked.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
    return {name: value for name, value in kept.items() if value is not False and value not in ([], {})}


def _check_references(collection: Collection, article_id: str, rules: dict[str, Any], known: dict[str, Any]) -> None:
    """Refuse new references to articles that are not there; those of before may have been deleted since."""
    before = set(_references(known))
    for reference in _references(rules):
        if reference in before:
            continue
        try:
            found = collection.resolve(reference)
        except (NotFoundError, SharedUrlError) as error:
            raise InvalidRulesError(error.what, expected="ids or webUrls of stored articles") from None
        if found == article_id:
            raise InvalidRulesError("an article cannot be pinned to or blocked from itself", expected="another article")


def _references(rules: dict[str, Any]) -> Iterator[str]:
    yield from rules.get("blocked", ())
    pinned = rules.get("pinned", ())
    if isinstance(pinned, dict):
        for name, references in pinned.items():
            yield from (name, *references)
    else:
        yield from pinned


def check_editor(name: str) -> str:
    """Return the name of an editor, without spaces around it.

    Raises:
        InputError: If it is too long, or has characters that are not shown.
    """
    name = name.strip()
    if len(name) > MAX_EDITOR_CHARS or not name.isprintable():
        raise InputError("this is no name of an editor", expected=f"at most {MAX_EDITOR_CHARS} letters")
    return name
