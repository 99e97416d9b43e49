"""Clients that others' generators make of the OpenAPI document: they compile, and every route answers them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.answering import ACLU, REUTERS
from support.serving import WRITE_KEY, Server, listening

PYTHON_GENERATOR = "openapi-python-client==0.29.1"
NODE_PACKAGES = ("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3")
USE = """
import createClient from "openapi-fetch";
import type { paths } from "./api";

const client = createClient<paths>({ baseUrl: "/" });
const { data, error } = await client.GET("/v1/articles/{article_id}/related", {
  params: { path: { article_id: "a" }, query: { limit: 3, topic: ["b"] } },
});
const titles: string[] = data ? data.related.map((item) => item.title) : [];
const kind: "urn:problem:related-articles:not-found" | undefined =
  error?.type === "urn:problem:related-articles:not-found" ? error.type : undefined;
export { titles, kind };
"""
CALL = """
import importlib, inspect, io, json, pkgutil, sys

sys.path.insert(0, sys.argv[1])
url, key, aclu, reuters = sys.argv[2:]
import related_articles_client as made
from related_articles_client import api, models, types

client = made.AuthenticatedClient(base_url=url, token=key, timeout=60)
article = models.Draft.from_dict({"title": "A ferry to the islands"})
lines = types.File(payload=io.BytesIO(b'{"id":"b","title":"B"}'))
calls = {
    found.name: importlib.import_module(f"related_articles_client.api.{folder.name}.{found.name}").sync_detailed
    for folder in pkgutil.iter_modules(api.__path__)
    for found in pkgutil.iter_modules(importlib.import_module(f"related_articles_client.api.{folder.name}").__path__)
}
given = {
    "write_article": {"article_id": "ferry", "body": article},
    "delete_article": {"article_id": "ferry"},
    "write_articles": {"body": lines},
    "related_of_draft": {"body": article},
    "related_of_articles": {"body": models.References.from_dict({"articles": [aclu, reuters]})},
    "related_by_id": {"id": aclu},
    "preview_related_of_article": {"article_id": aclu, "body": models.PreviewedRules.from_dict({"rules": {}})},
    "search_articles": {"q": "clearview"},
    "read_changes": {"since": 1},
}
statuses = {}
for name in sorted(calls, key=lambda name: (name.startswith("delete"), name)):
    names = inspect.signature(calls[name]).parameters
    arguments = {"article_id": aclu} if "article_id" in names else {}
    if "if_match" in names:
        read = calls[name.replace("change", "read")]
        arguments["if_match"] = read(client=client, **arguments).headers["etag"]
    if "body" in names and name not in given:
        body = names["body"].annotation
        arguments["body"] = getattr(models, body if isinstance(body, str) else body.__name__).from_dict({})
    statuses[name] = int(calls[name](client=client, **{**arguments, **given.get(name, {})}).status_code)
print(json.dumps(statuses))
"""


@pytest.fixture(scope="module")
def running(site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    copy = Path(shutil.copytree(site_collection, tmp_path_factory.mktemp("served") / "collection"))
    with listening(copy) as server:
        yield server


@pytest.fixture(scope="module")
def document(running: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_bytes(running.client.get("/openapi.json").content)
    return path


def run(command: list[Any], folder: Path) -> str:
    done = subprocess.run([str(each) for each in command], cwd=folder, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_types_of_typescript_are_made_and_compile(document: Path, tmp_path: Path):
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    run(["npm", "install", "--no-audit", "--no-fund", *NODE_PACKAGES], tmp_path)
    run(["npx", "openapi-typescript", document, "-o", "api.ts"], tmp_path)
    (tmp_path / "use.ts").write_text(USE)
    settings = ["--strict", "--noEmit", "--module", "esnext", "--target", "esnext", "--moduleResolution", "bundler"]
    run(["npx", "tsc", *settings, "use.ts"], tmp_path)


def test_a_python_client_is_made_and_every_route_answers_it(document: Path, running: Server, tmp_path: Path):
    venv.create(tmp_path / "tools", with_pip=True)
    python = tmp_path / "tools" / "bin" / "python"
    plain = {name: value for name, value in os.environ.items() if name != "PIP_CONSTRAINT"}
    install = [python, "-m", "pip", "install", "--quiet", PYTHON_GENERATOR]
    subprocess.run([str(each) for each in install], check=True, env=plain)
    generator = python.with_name("openapi-python-client")
    run(
        [generator, "generate", "--meta", "none", "--path", document, "--output-path", "related_articles_client"],
        tmp_path,
    )
    arguments = [tmp_path, running.url, WRITE_KEY, ACLU, REUTERS]
    statuses = json.loads(run([python, "-c", CALL, *arguments], tmp_path).splitlines()[-1])
    operations = json.loads(document.read_text())["paths"]
    assert len(statuses) == sum(len(methods) for methods in operations.values())
    expected = {"compute_overview": 202, "delete_article": 204}
    # An overview is there once it has been computed.
    late = {"list_overview", "read_overview_article", "read_changes"}
    assert {
        name: status for name, status in statuses.items() if name not in late and status != expected.get(name, 200)
    } == {}
    assert {statuses[name] for name in late} <= {200, 404}
