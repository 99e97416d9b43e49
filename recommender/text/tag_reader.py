"""Read HTML and JSX tags, and the statements and directives of MDX."""

from __future__ import annotations

from recommender.text import syntax
from recommender.text.code_spans import telling_part
from recommender.text.text_pass import TextPass


class TagReader(TextPass):
    """Reads tags, comments, imports, exports and directives."""

    def read_import(self, start: int) -> int:
        """Skip an import statement of MDX."""
        statement = syntax.IMPORT.match(self.text, start)
        if statement is None:
            return self.skip(start, len("import"))
        self.is_mdx = True
        return statement.end()

    def read_export(self, start: int) -> int:
        """Skip an export statement of MDX, to the end of its brackets."""
        if not syntax.EXPORT.match(self.text, start):
            return self.skip(start, len("export"))
        self.is_mdx = True
        depth, limit = 0, start + syntax.MAX_TAG_CHARS
        if start >= self._no_export_before:
            for match in syntax.BRACKET_OR_LINE_END.finditer(self.text, start, limit):
                mark = match[0]
                if mark and mark in "([{":
                    depth += 1
                elif mark and mark in ")]}":
                    depth -= 1
                elif depth <= 0:
                    return match.start()
            self._no_export_before = limit
        line_end = self.text.find("\n", start)
        return line_end if line_end >= 0 else len(self.text)

    def read_directive(self, start: int) -> int:
        """Skip the marker of an admonition, and keep its title."""
        mark = syntax.DIRECTIVE.match(self.text, start)
        if mark is None:  # pragma: no cover - the pass stops at nothing else
            return self.skip(start, 1)
        label = mark[2] or mark[3]
        self.keep(f"\n{mark[1]}{label}\n" if label else "")
        return mark.end()

    def read_angle(self, start: int) -> int:
        """Read a comment, or a tag with the element it opens."""
        text = self.text
        if text.startswith("<!--", start):
            comment = self.spans.find("-->", start + 4)
            return self.part(comment[1] if comment else start + 4)
        for opening, closing in (("<%", "%>"), ("<?", "?>")):
            if text.startswith(opening, start):
                return self.spans.close(opening, closing, start, syntax.MAX_TEMPLATE_CHARS) or self._skip_angle(start)
        if self.is_mdx and text.startswith(("<>", "</>"), start):
            return text.index(">", start) + 1
        tag = syntax.TAG_NAME.match(text, start)
        end = self.spans.tag_end(start, tag.end()) if tag else None
        if tag is None or end is None or end - start > syntax.MAX_TAG_CHARS:
            return self._skip_angle(start)
        return self._element(tag[1], start, end)

    def _skip_angle(self, start: int) -> int:
        """Keep a `<` that opens no tag, escaped where Markdown would take it for unclosed HTML."""
        self.keep("&lt;" if self.is_markdown and syntax.OPEN_TAG.match(self.text, start) else "<")
        return start + 1

    def _element(self, name: str, start: int, end: int) -> int:
        """Read a tag without its attributes, and skip the whole element if it has no prose."""
        text, lowered = self.text, name.lower()
        component = "." in name or (name[0].isupper() and not name.isupper())
        if text[start + 1] == "/":
            self.keep("" if component else f"</{name}>")
            return self.part(end)
        alone = text[end - 2] == "/"
        closing = None if alone else self.spans.closing_tag(name, end)
        if component:
            self.is_mdx = self.is_mdx or alone or closing is not None
        if lowered in syntax.DROPPED_ELEMENTS or name in syntax.CODE_COMPONENTS:
            if closing:
                return self.part(closing[1])
            return self.spans.paragraph_end(end) if lowered in {"script", "style"} and not alone else self.part(end)
        if name == "code" and closing:
            code = telling_part(text[end : closing[0]])
            self.keep("" if "\n" in code else f"<code>{code}</code>")
            return self.part(closing[1])
        self.keep("" if component else f"<{name}>")
        return self.part(end)
