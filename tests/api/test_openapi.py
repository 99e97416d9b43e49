"""The OpenAPI document is valid and whole, and the service keeps to it, whatever it is sent."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR
from support.examples import examples
from support.serving import LONGEST_WAIT_S, WRITE_KEY, Server

from service.request_limits import REPEATABLE

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
KEY = {"authorization": f"Bearer {WRITE_KEY}"}
FEW = examples(18, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> bytes:
    return str(value).encode("utf-8", "surrogatepass")


OPERATIONS = {
    "readArticle": ("get", "/v1/articles/{article_id}"),
    "writeArticle": ("put", "/v1/articles/{article_id}"),
    "deleteArticle": ("delete", "/v1/articles/{article_id}"),
    "writeArticles": ("post", "/v1/articles/batch"),
    "publishedOfArticle": ("get", "/v1/articles/{article_id}/published"),
    "relatedOfArticle": ("get", "/v1/articles/{article_id}/related"),
    "previewRelatedOfArticle": ("post", "/v1/articles/{article_id}/related"),
    "readRules": ("get", "/v1/rules"),
    "changeRules": ("patch", "/v1/rules"),
    "readChangesOfRules": ("get", "/v1/rules/changes"),
    "readRulesOfArticle": ("get", "/v1/articles/{article_id}/rules"),
    "changeRulesOfArticle": ("patch", "/v1/articles/{article_id}/rules"),
    "storyOfArticle": ("get", "/v1/articles/{article_id}/story"),
    "relatedById": ("get", "/v1/related"),
    "relatedOfDraft": ("post", "/v1/related"),
    "relatedOfArticles": ("post", "/v1/related/batch"),
    "searchArticles": ("get", "/v1/search"),
    "listArticles": ("get", "/v1/articles"),
    "drawMap": ("get", "/v1/map"),
    "readOverview": ("get", "/v1/overview"),
    "computeOverview": ("post", "/v1/overview"),
    "listOverview": ("get", "/v1/overview/articles"),
    "readOverviewArticle": ("get", "/v1/overview/articles/{article_id}"),
    "readChanges": ("get", "/v1/overview/changes"),
    "readStatus": ("get", "/v1/status"),
    "isAlive": ("get", "/health/live"),
    "isReady": ("get", "/health/ready"),
}

TAKES_ANYTHING = {"readArticle", "deleteArticle", "readRulesOfArticle", "readRules", "readStatus", "isAlive", "isReady"}
TAKES_ANYTHING |= {"readOverview", "computeOverview", "readOverviewArticle", "publishedOfArticle"}


@pytest.fixture(scope="module")
def document(writable: Server) -> dict[str, Any]:
    found: dict[str, Any] = writable.client.get("/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def schema(document: dict[str, Any], writable: Server) -> schemathesis.BaseSchema:
    loaded = schemathesis.openapi.from_dict(document)
    loaded.config.update(base_url=writable.url)
    return loaded


def test_the_document_is_valid_and_names_every_operation(document: dict[str, Any]):
    OPENAPI_31_VALIDATOR.validate(document)
    named = {
        operation["operationId"]: (method, path)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert named == OPERATIONS


def test_every_operation_is_told_of_in_full(document: dict[str, Any]):
    for method, path in OPERATIONS.values():
        operation = document["paths"][path][method]
        assert operation["summary"]
        assert operation["description"]
        assert operation["tags"]
        assert operation["security"] == [{}, {"key": []}]
        for status, answer in operation["responses"].items():
            assert answer["description"]
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"]
                assert answer["content"]["application/problem+json"]["examples"]
        parameters = [_named(document, each) for each in operation.get("parameters", [])]
        for parameter in parameters:
            assert parameter["description"], parameter["name"]
        several = {each["name"] for each in parameters if "array" in str(each["schema"])}
        is_overview = path.startswith("/v1/overview")
        assert several == (set() if is_overview else REPEATABLE & {each["name"] for each in parameters})
        # What caches may keep says so, and how to ask whether it is still the same.
        is_kept = "304" in operation["responses"]
        assert is_kept == any(each["name"] == "If-None-Match" for each in parameters)
        assert is_kept == ("ETag" in operation["responses"].get("200", {}).get("headers", {}))
        for content in _contents(operation):
            assert _has_example(document, content), content


def _named(document: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    name = parameter.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["parameters"][name] if name else parameter
    return found


def _contents(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """The bodies that go in and come out."""
    good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    holders = [*good, *filter(None, [operation.get("requestBody")])]
    return [content for holder in holders for content in holder.get("content", {}).values()]


def _has_example(document: dict[str, Any], content: dict[str, Any]) -> bool:
    name = content["schema"].get("$ref", "").rpartition("/")[2]
    described = document["components"]["schemas"].get(name, {}) if name else content["schema"]
    return bool({"example", "examples"} & (content.keys() | described.keys()))


TRIED = [
    (name, mode)
    for name in OPERATIONS
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    # Any text is an id, and what takes nothing cannot be asked wrongly.
    if mode is GenerationMode.POSITIVE or name not in TAKES_ANYTHING
]


@pytest.mark.parametrize(("name", "mode"), TRIED)
def test_answers_are_as_the_document_says(schema: Any, name: str, mode: GenerationMode):
    method, path = OPERATIONS[name]
    operation = schema[path][method]

    @seed(1)
    @FEW
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        case.call_and_validate(headers=KEY, checks=CHECKS, timeout=LONGEST_WAIT_S)

    check()


def test_an_article_is_written_read_answered_and_deleted_as_the_document_says(schema: Any):
    for name, status, body in [
        ("writeArticle", 200, {"title": "A ferry to the islands", "topics": ["ferries"], "colour": "blue"}),
        ("readArticle", 200, None),
        ("relatedOfArticle", 200, None),
        ("deleteArticle", 204, None),
        ("readArticle", 404, None),
    ]:
        method, path = OPERATIONS[name]
        given = {} if body is None else {"body": body, "media_type": "application/json"}
        case = schema[path][method].Case(path_parameters={"article_id": "ferries"}, **given)
        answer = case.call_and_validate(headers=KEY, checks=CHECKS, timeout=LONGEST_WAIT_S)
        assert answer.status_code == status, name
