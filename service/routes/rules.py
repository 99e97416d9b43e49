"""Routes for editors' rules: of one article, of the site, and who changed what; all of them need a write key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from recommender.errors import NotFoundError
from recommender.related.editing import check_editor
from recommender.related.recommender import Recommender
from recommender.store import SITE, KeptRules, RuleChange, Store
from service.answers import encode_json, reject_unknown
from service.problems import ServiceError
from service.routes import ALWAYS, INTERNAL, ArticleId, EngineOf, problems
from service.rule_schemas import ArticleRules, RuleChanges, RulesBody, SiteRules

router = APIRouter(prefix="/v1", tags=["rules"])
_ASKED_EACH_TIME = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
SHOWN_CHANGES = 20
MAX_CHANGES = 200
_ETAG = re.compile(r'(?:W/)?"r(\d{1,18})"')
_WRITES = problems(
    *ALWAYS,
    "not-found",
    "rules-changed",
    "invalid-rules",
    "no-precondition",
    "unsupported-media-type",
    "too-large",
    "busy",
    *INTERNAL,
)
_MERGES = {
    "parameters": [
        {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "schema": {"type": "string"},
            "description": "The ETag of the rules that the editor saw.",
            "example": '"r7"',
        }
    ],
}


def _editor(
    request: Request,
    editor: Annotated[
        str, Query(max_length=300, description="The editor's name, for the log of changes.", examples=["Ann"])
    ] = "",
) -> str:
    """Return who makes a change: the name that they gave, and the start of the digest of their key."""
    key = str(request.scope["state"].get("caller", "")).removeprefix("key ")[:8]
    return f"{check_editor(editor) or 'an editor'} (key {key})"


def _expected(request: Request) -> int:
    """Return the number of the rules that the editor saw."""
    header = request.headers.get("if-match")
    if header is None:
        hint = "send the ETag of the rules that were read, so that nobody's change is lost"
        raise ServiceError("no-precondition", "If-Match is missing", expected='If-Match: "r7"', hint=hint)
    found = _ETAG.fullmatch(header.strip())
    if found is None:
        raise ServiceError("bad-request", f"If-Match is {header!r:.80}", expected='the ETag of rules, such as "r7"')
    return int(found[1])


Editor = Annotated[str, Depends(_editor)]
Expected = Annotated[int, Depends(_expected)]


@router.get(
    "/rules",
    operation_id="readRules",
    summary="The site's rules, and the articles that have rules of their own",
    response_model=SiteRules,
    responses={304: {"description": "Not modified"}, **problems(*ALWAYS, *INTERNAL)},
)
async def get_rules(request: Request, engine: EngineOf) -> Response:
    """Return what editors set for the whole site, what the settings say, and which articles have rules."""
    reject_unknown(request)
    return _answer(*await engine.read_aside(_of_site))


@router.patch(
    "/rules",
    operation_id="changeRules",
    summary="Change the site's rules",
    response_model=SiteRules,
    responses=_WRITES,
    openapi_extra=_MERGES,
)
async def patch_rules(
    request: Request, engine: EngineOf, patch: RulesBody, editor: Editor, expected: Expected
) -> Response:
    """Set and remove rules of the whole site (JSON merge patch); every answer obeys them at once."""
    reject_unknown(request, "editor")
    await engine.edit(SITE, patch, editor, expected)
    return _answer(*await engine.read_aside(_of_site))


@router.get(
    "/articles/{article_id}/rules",
    operation_id="readRulesOfArticle",
    summary="Rules of one article",
    response_model=ArticleRules,
    responses={304: {"description": "Not modified"}, **problems(*ALWAYS, "not-found", *INTERNAL)},
)
async def get_article_rules(request: Request, engine: EngineOf, article_id: ArticleId) -> Response:
    """Return what editors set for the article, what its own file says, and the last changes."""
    reject_unknown(request)
    return _answer(*await engine.read_aside(lambda recommender: _of_article(recommender, article_id)))


@router.patch(
    "/articles/{article_id}/rules",
    operation_id="changeRulesOfArticle",
    summary="Change the rules of one article",
    response_model=ArticleRules,
    responses=_WRITES,
    openapi_extra=_MERGES,
)
async def patch_article_rules(
    request: Request, engine: EngineOf, article_id: ArticleId, patch: RulesBody, editor: Editor, expected: Expected
) -> Response:
    """Set and remove rules (JSON merge patch): pin, block, keep; every answer obeys them at once."""
    reject_unknown(request, "editor")
    await engine.edit(article_id, patch, editor, expected)
    return _answer(*await engine.read_aside(lambda recommender: _of_article(recommender, article_id)))


@router.get(
    "/rules/changes",
    operation_id="readChangesOfRules",
    summary="Who changed which rules, and when",
    response_model=RuleChanges,
    responses={304: {"description": "Not modified"}, **problems(*ALWAYS, *INTERNAL)},
)
async def get_changes(
    request: Request,
    engine: EngineOf,
    article: Annotated[str | None, Query(max_length=2048, description="Only those of this article.")] = None,
    before: Annotated[int | None, Query(ge=1, description="Only those with a lower number, for paging.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_CHANGES, description="How many at most.")] = 50,
) -> Response:
    """Return changes of rules, the newest first, each with the rules before and after."""
    reject_unknown(request, "article", "before", "limit")

    def read(recommender: Recommender) -> dict[str, Any]:
        store = recommender.collection.store
        with store.reading():
            changes = [_change(each) for each in store.rule_changes(article, before=before, limit=limit)]
            return {"changes": changes, "articles": _named(store, [each["article"] for each in changes])}

    return Response(encode_json(await engine.read_aside(read)), 200, _ASKED_EACH_TIME, "application/json")


def _of_site(recommender: Recommender) -> tuple[dict[str, Any], int]:
    store = recommender.collection.store
    with store.reading():
        kept = {each.article_id: each for each in store.all_rules()}
        site = kept.pop(SITE, KeptRules(SITE))
        told = {
            "rules": json.loads(site.rules),
            "settings": store.settings.rules.model_dump(mode="json", exclude_unset=True),
            "articles": _named(store, [each.article_id for each in kept.values() if each.rules != "{}"]),
            "changes": _changes(store, SITE),
        }
    return told, site.number


def _of_article(recommender: Recommender, article_id: str) -> tuple[dict[str, Any], int]:
    store = recommender.collection.store
    with store.reading():
        stored = store.get(article_id)
        if stored is None:
            raise NotFoundError(f"there is no article {article_id}")
        kept = store.rules_of(article_id)
        rules, own = json.loads(kept.rules), stored.article.related_rules
        of_file = own.model_dump(mode="json", by_alias=True, exclude_unset=True) if own else {}
        named = [name for some in (rules, of_file) for field in ("pinned", "blocked") for name in some.get(field, ())]
        told = {
            "article": {"id": article_id, "title": stored.article.title},
            "rules": rules,
            "ofFile": of_file,
            "articles": _named(store, named),
            "changes": _changes(store, article_id),
        }
        return told, kept.number


def _changes(store: Store, article_id: str) -> list[dict[str, Any]]:
    return [_change(each) for each in store.rule_changes(article_id, limit=SHOWN_CHANGES)]


def _change(change: RuleChange) -> dict[str, Any]:
    return {
        "number": change.number,
        "changedAt": change.changed_at,
        "editor": change.editor,
        "article": change.article_id or None,
        "before": json.loads(change.before),
        "after": json.loads(change.after),
    }


def _named(store: Store, ids: Iterable[str | None]) -> list[dict[str, Any]]:
    """Return id, title and address of the stored ones among some ids."""
    found = store.articles(sorted({each for each in ids if each}))
    return [{"id": each.article_id, "title": each.article.title, "webUrl": each.article.web_url} for each in found]


def _answer(told: dict[str, Any], number: int) -> Response:
    headers = {**_ASKED_EACH_TIME, "ETag": f'"r{number}"'}
    return Response(encode_json({**told, "number": number}), 200, headers, "application/json")
