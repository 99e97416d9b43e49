"""All front matter syntaxes, and the detection of a file's syntax."""

from __future__ import annotations

from recommender.sources.syntaxes.base import Document, RelatedField, Syntax
from recommender.sources.syntaxes.comment_lines import COMMENTS
from recommender.sources.syntaxes.header_lines import HEADERS
from recommender.sources.syntaxes.json_front import JSON
from recommender.sources.syntaxes.plain_text import PLAIN
from recommender.sources.syntaxes.rst_fields import RST
from recommender.sources.syntaxes.toml_front import TOML
from recommender.sources.syntaxes.yaml_front import YAML

__all__ = ["SYNTAXES", "Document", "RelatedField", "Syntax", "syntax_of"]

SYNTAXES: dict[str, Syntax] = {syntax.name: syntax for syntax in (YAML, TOML, JSON, COMMENTS, RST, HEADERS, PLAIN)}
"""Every syntax by name."""


def syntax_of(name: str, data: bytes) -> Syntax:
    """Detect the syntax of a file from its name and its first bytes; plain text if no other fits."""
    suffix = name.lower().rpartition(".")[2]
    if YAML.claims(data):
        return YAML
    if TOML.claims(data):
        return TOML
    if suffix == "meta":
        return COMMENTS
    if suffix == "json" or JSON.claims(data):
        return JSON
    if COMMENTS.claims(data):
        return COMMENTS
    if suffix in {"rst", "rest"} or (suffix == "txt" and RST.claims(data)):
        return RST
    return HEADERS if HEADERS.claims(data) else PLAIN
