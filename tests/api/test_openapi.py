"""The OpenAPI document is valid and whole, and the service keeps to it, whatever it is sent."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR
from support.serving import LONGEST_WAIT_S, WRITE_KEY, Server

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
KEY = {"authorization": f"Bearer {WRITE_KEY}"}
FEW = settings(max_examples=12, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> bytes:
    return str(value).encode("utf-8", "surrogatepass")


OPERATIONS = {
    "readArticle": ("get", "/v1/articles/{article_id}"),
    "writeArticle": ("put", "/v1/articles/{article_id}"),
    "deleteArticle": ("delete", "/v1/articles/{article_id}"),
    "writeArticles": ("post", "/v1/articles/batch"),
    "relatedOfArticle": ("get", "/v1/articles/{article_id}/related"),
    "relatedById": ("get", "/v1/related"),
    "relatedOfDraft": ("post", "/v1/related"),
    "relatedOfArticles": ("post", "/v1/related/batch"),
    "searchArticles": ("get", "/v1/search"),
    "drawMap": ("get", "/v1/map"),
    "readStatus": ("get", "/v1/status"),
    "isAlive": ("get", "/health/live"),
    "isReady": ("get", "/health/ready"),
}


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
        for parameter in operation.get("parameters", []):
            assert parameter["description"], parameter["name"]
        for content in _contents(operation):
            assert _has_example(document, content), content


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
    if mode is GenerationMode.POSITIVE
    or name not in {"readArticle", "deleteArticle", "readStatus", "isAlive", "isReady"}
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


def test_one_request_after_another(schema: Any):
    """What one answer names is asked for by the next."""
    followed: set[str] = set()

    class Machine(schema.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": KEY, "timeout": LONGEST_WAIT_S}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            case.validate_response(response, checks=CHECKS)
            if response.status_code < 300:
                followed.add(case.operation.definition.raw["operationId"])

    Machine.run(settings=settings(FEW, max_examples=15, stateful_step_count=5))
    assert {"writeArticle", "readArticle", "relatedOfArticle", "deleteArticle"} <= followed
