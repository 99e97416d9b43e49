"""Names and patterns of template languages, shortcodes, JSX and math."""

from __future__ import annotations

import re
from functools import lru_cache

MAX_TAG_CHARS = 20_000
"""A longer tag or expression is taken for one that was never closed."""
MAX_TEMPLATE_CHARS = 5_000
MAX_SPAN_CHARS = 2_000

_FENCE = r"^(?P<before>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(?P<fence>`{3,}|~{3,})"
START = re.compile(rf"{_FENCE}|^[ \t>]*:::|^(?:import|export)\b|[\\`{{<\[$]", re.MULTILINE)
"""Positions at which something other than prose may begin."""
START_INLINE = re.compile(r"[{<\[]")
"""The same for a single line that is not Markdown."""

# Elements and components without prose.
DROPPED_ELEMENTS = frozenset({
    "script", "style", "pre", "svg", "math", "iframe", "noscript", "template", "object", "video", "audio", "canvas",
    "select", "textarea", "codeblock", "syntaxhighlighter", "mermaid", "codesandbox", "snackplayer",
})  # fmt: skip
CODE_COMPONENTS = frozenset(["Code", "Latex", "TeX", "InlineMath", "BlockMath"])
# Tags and shortcodes that enclose code when they come in pairs.
CODE_TAGS = frozenset({
    "highlight", "codeblock", "code", "comment", "css", "js", "javascript", "stylesheet", "style", "schema",
    "mermaid", "math", "katex", "latex", "tex", "pre", "prism", "uml", "plantuml", "graphviz", "chart", "echarts",
    "goat", "svgbob",
})  # fmt: skip
CODE_SHORTCODES = frozenset({
    "code", "sourcecode", "source", "cc", "php", "html", "css", "js", "javascript", "java", "python", "ruby", "bash",
    "shell", "xml", "sql", "plain", "highlight", "pre", "embed", "latex", "math", "video", "audio", "youtube",
    "vimeo", "googlemaps",
})  # fmt: skip
LONE_SHORTCODES = frozenset(["gallery", "playlist", "more", "nextpage", "archives", "sitemap"])

TEMPLATE_NAME = re.compile(r"\{%[-+~]?\s*([\w.]+)")
RAW_STRING = re.compile(r"\{\{-?\s*[\w.]+\s+`")
HUGO_NAME = re.compile(r"\{\{[<%]-?\s*([\w./-]+)")
ATTRIBUTE_LIST = re.compile(r"\{(?::[^{}\n]*|[#.][\w-][^{}\n%]*(?<!#))\}")
OPEN_TAG = re.compile("<[A-Za-z/!?]")
TAG_NAME = re.compile(r"</?([A-Za-z][\w.-]*(?::[\w.-]+)?)(?=[\s/>{])")
IMPORT = re.compile(
    r"import\s+(?:type\s+)?(?:[\w$]+\s*,?\s*)?(?:\*\s*as\s+[\w$]+\s*|\{[^{}]*\}\s*)?(?:from\s*)?"
    r"""(?:"[^"\n]+"|'[^'\n]+')[ \t]*;?"""
)
EXPORT = re.compile(
    r"export\s+(?:default\s+[\w$({\[]|(?:async\s+)?function\b|(?:const|let|var)\s+[\w${\[]"
    r"|class\s+[\w$]+\s*(?:extends\b|\{)|[{*])"
)
BRACKET_OR_LINE_END = re.compile(r"[()\[\]{}]|\n(?=[ \t]*\n|[^\s.?:&|+)\]}])|\Z")
DIRECTIVE = re.compile(r"([ \t>]*):{3,}[ \t]*(?:\{[^}\n]*\}|[\w-]+)?(?:\[([^\]\n]*)\])?(?:\{[^}\n]*\})?[ \t]*([^\n]*)")
BRACKETED = re.compile(
    r"""\[(?:
        \^[^\]\[\s]{1,100}\]:? | ![A-Za-z]+\][-+]? | \[?_?(?:TOC|toc)_?\]?\]
        | (?P<close>/)?(?P<name>[A-Za-z][\w-]*)
          (?P<attributes>(?:\s+(?:[\w-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s\]\["']+)|[\w:.-]+))*)\s*/?\]
    )(?![(:]|\[(?!/|[A-Za-z][\w-]*\s+[\w-]+\s*=))""",
    re.VERBOSE,
)
"""A footnote marker, a callout, a table of contents, or what may be a WordPress shortcode."""
SHORTCODE_END = re.compile(r"\[/([A-Za-z][\w-]*)\]")
INLINE_MATH = re.compile(r"\$([^$\n]{1,300})\$(?!\w)")
MATH_COMMAND = re.compile(r"\\[A-Za-z]")
MATH_SIGN = re.compile(r"[\\^_=]")
MATH_BRACKETS = {"\\\\[": "\\\\]", "\\\\(": "\\\\)", "\\[": "\\]", "\\(": "\\)"}
ENVIRONMENT = re.compile(
    r"\\begin\{((?:equation|align|aligned|gather|multline|eqnarray|split|cases|array|[bpvV]?matrix|tikzpicture)\*?)\}"
)
OTHER_BLOCK = re.compile(r"\n[ \t]*(?:\n|[*+>#|-]|\d+[.)]|```|~~~)")
"""A list item, heading or quote, which ends any code span."""


@lru_cache(maxsize=64)
def fence_end(mark: str, length: int) -> re.Pattern[str]:
    """Return the pattern of the line that closes a fenced block."""
    return re.compile(rf"^[ \t>]*{mark}{{{length},}}[ \t]*$", re.MULTILINE)


@lru_cache(maxsize=64)
def span_end(length: int) -> re.Pattern[str]:
    """Return the pattern of a run of exactly `length` backticks."""
    return re.compile(rf"(?<!`)`{{{length}}}(?!`)")


@lru_cache(maxsize=256)
def template_end(name: str) -> re.Pattern[str]:
    """Return the pattern of the tag that closes `{% name %}`."""
    return re.compile(rf"\{{%[-+~]?\s*end_?{re.escape(name)}\s*[-+~]?%\}}")


@lru_cache(maxsize=256)
def hugo_end(name: str) -> re.Pattern[str]:
    """Return the pattern of the shortcode that closes `{{< name >}}`."""
    return re.compile(rf"\{{\{{[<%]\s*/\s*{re.escape(name)}\s*[%>]\}}\}}")
