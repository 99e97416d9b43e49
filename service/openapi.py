"""The OpenAPI document: what FastAPI knows of the routes, and the headers, problems and schemas that it does not."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field

from service.problems import KINDS, TYPE
from service.schemas import Draft

DESCRIPTION = """Given one article of a content site, which others should its reader see next?

An id is one segment of the path: write each slash in it as `%2F`. Reads have an `ETag`; with `If-None-Match`, an
unchanged answer is 304. Every error is a problem document (RFC 9457), whose `type` is stable."""
LICENCE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str = Field(json_schema_extra={"enum": [f"{TYPE}{name}" for name in KINDS]})
    title: str
    status: int
    detail: str | None = Field(None, description="What was wrong.")
    expected: str | None = Field(None, description="What was expected.")
    hint: str | None = Field(None, description="What to do.")
    requestId: str | None = Field(None, description="Also in the service's log, and the header `X-Request-Id`.")


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """Return the document, made once."""
    if not app.openapi_schema:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=DESCRIPTION,
            routes=app.routes,
            license_info=LICENCE,
            servers=[{"url": "/", "description": "This service"}],
        )
        components = document["components"]
        for model in (Problem, Draft):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            components["schemas"] |= {**schema.pop("$defs", {}), model.__name__: schema}
        # Validation errors are problem documents too.
        for name in ("HTTPValidationError", "ValidationError"):
            components["schemas"].pop(name, None)
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        components["headers"] = _HEADERS
        components["parameters"] = {"IfNoneMatch": _IF_NONE_MATCH}
        for path in document["paths"].values():
            for operation in path.values():
                _complete(operation)
        app.openapi_schema = document
    return app.openapi_schema


_HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {
        "description": "Changes with the answer; send it as `If-None-Match` the next time.",
        "schema": {"type": "string"},
    },
    "RetryAfter": {
        "description": "In how many seconds to ask again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RequestId": {"description": "The request in the service's log.", "schema": {"type": "string"}},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of an earlier answer; 304 if it is still the same.",
    "schema": {"type": "string", "pattern": r"^[ -~]*$"},
}


def _complete(operation: dict[str, Any]) -> None:
    responses: dict[str, dict[str, Any]] = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    operation["security"] = [{}, {"key": []}]
    is_kept = "304" in responses
    if is_kept:
        operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/IfNoneMatch"})
    for status, response in responses.items():
        if response["description"] == "Successful Response":
            response["description"] = "The answer"
        headers = response.setdefault("headers", {})
        headers["X-Request-Id"] = {"$ref": "#/components/headers/RequestId"}
        if is_kept and status in {"200", "304"}:
            headers["ETag"] = {"$ref": "#/components/headers/ETag"}
        if status in {"429", "503"}:
            headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
