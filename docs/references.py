"""A Sphinx extension: references written from the code, and the templates that `related inspect --snippet` prints."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

EXIT_CODES = """Data goes to stdout, messages to stderr. `--debug` shows a traceback.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | an error: one line, with a hint |
| 2 | wrong usage |
| 3 | some articles were skipped; they are listed |
| 4 | `--check` found changes |
"""


def commands() -> Iterator[str]:
    """Yield the page of the commands: what `--help` prints."""
    from typer.main import get_command
    from typer.testing import CliRunner

    from recommender.cli import app

    os.environ |= {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    yield f"# Commands\n\nWhat `related COMMAND --help` prints. {EXIT_CODES}"
    for name, command in _each_command(get_command(app)):
        shown = CliRunner().invoke(app, [*name.split(), "--help"], prog_name="related", catch_exceptions=False).output
        yield f"## related {name}\n\n{command.short_help or ''}\n\n```text\n{shown.rstrip()}\n```\n"


def _each_command(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _each_command(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def settings() -> Iterator[str]:
    """Yield the page of the settings: of `related.toml`, and of the service's environment."""
    from recommender.config import Settings
    from service.settings import ServiceSettings

    yield (
        "# Settings\n\nSettings are read from `related.toml` in the site's folder, or from `--config F`, and those that"
        " you set are recorded at each build. An unknown name is an error, with the nearest known one. The"
        " settings of the service are [environment variables](#the-service).\n"
    )
    for table, field in Settings.model_fields.items():
        model = type(field.default)
        yield f"## [{table}]\n\n{_markdown(model.__doc__)}\n\n{_table(model, lambda name: name)}"
    yield (
        "## The service\n\nEnvironment variables, or lines of the file that `related serve --env-file` names. Lists are"
        f" separated by commas.\n\n{_table(ServiceSettings, lambda name: f'RELATED_{name.upper()}')}"
    )


def _table(model: type[BaseModel], shown: Any) -> str:
    # A setting without a docstring is a KeyError here, and fails the build.
    described = ModuleAnalyzer.for_module(model.__module__).find_attr_docs()
    rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for name, field in model.model_fields.items():
        default = (
            "" if field.default in (None, PydanticUndefined, ()) else f"`{json.dumps(field.default, default=str)}`"
        )
        meaning = _markdown(" ".join(described[model.__name__, name]))
        rows.append(f"| `{shown(name)}` | {default} | {meaning.replace('|', chr(92) + '|')} |")
    return "\n".join(rows) + "\n"


def _markdown(text: str | None) -> str:
    return " ".join((text or "").split())


def routes() -> Iterator[str]:
    """Yield the page of the routes: the service's own OpenAPI document."""
    from service.app import create_app
    from service.settings import ServiceSettings

    with tempfile.TemporaryDirectory() as folder:
        document = create_app(ServiceSettings(collection=Path(folder))).openapi()
    yield f"# HTTP\n\n{document['info']['description']}\n"
    yield (
        "The service itself has this page at `/docs`, where each route can be tried and its example is shown in curl,"
        " Python and JavaScript, and as data at `/openapi.json`.\n"
    )
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f"## {method.upper()} {path}\n\n{operation['summary']}. {operation.get('description', '')}\n"
            if parameters := [_resolved(each, document) for each in operation.get("parameters", [])]:
                yield "| parameter | in | meaning |\n| --- | --- | --- |\n" + "".join(
                    f"| `{each['name']}` | {each['in']} | {_cell(each.get('description', ''))} |\n"
                    for each in parameters
                )
            answers = ", ".join(
                f"{status} ({_resolved(each, document)['description']})" for status, each in _answers(operation)
            )
            yield f"Answers: {answers}.\n"


def _answers(operation: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted(operation["responses"].items())


def _resolved(each: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in each:
        return each
    found: Any = document
    for part in each["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _cell(text: str) -> str:
    return _markdown(text).replace("|", "\\|")


PAGES = {"commands": commands, "settings": settings, "http": routes}


def write_pages(app: Sphinx) -> None:
    """Write the generated pages, each only if it changed."""
    for name, page in PAGES.items():
        file = Path(app.srcdir) / "reference" / f"{name}.md"
        text = "\n".join(page())
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


class Template(SphinxDirective):
    """A generator's template: `{template} hugo`, or `{template} hugo into` for the one that reads a data file."""

    required_arguments = 1
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the template as a block of code."""
        from recommender.sites import profile_class

        profile = profile_class(self.arguments[0])
        text = (profile.snippet_into if self.arguments[1:] else profile.snippet).strip("\n")
        if not text:
            raise self.error(f"{self.arguments[0]} has no such template")
        return [nodes.literal_block(text, text, language="text" if "import " in text else "html")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, and write the references before Sphinx looks for pages."""
    app.add_directive("template", Template)
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True}
