"""Read template tags and shortcodes of Liquid, Jinja, Nunjucks, Twig, Hexo, Hugo and WordPress."""

from __future__ import annotations

from functools import cached_property

from recommender.text import syntax
from recommender.text.text_pass import TextPass


class TemplateReader(TextPass):
    """Reads constructs that begin with a brace or a bracket."""

    def read_bracket(self, start: int) -> int:
        """Skip a footnote marker or a shortcode; keep links."""
        found = syntax.BRACKETED.match(self.text, start)
        if found is None:
            return self.skip(start, 1)
        name = found["name"]
        if name is None:
            return found.end()
        if found["close"]:
            return found.end() if name in self._opened_shortcodes else self.skip(start, 1)
        paired = name in self._paired_shortcodes
        if not paired and "=" not in found["attributes"] and name not in syntax.LONE_SHORTCODES:
            return self.skip(start, 1)
        self._opened_shortcodes.add(name)
        if paired and name.lower() in syntax.CODE_SHORTCODES:
            closing = self.spans.find(f"[/{name}]", found.end())
            return self.part(closing[1]) if closing else found.end()
        return self.part(found.end())

    @cached_property
    def _paired_shortcodes(self) -> frozenset[str]:
        return frozenset(syntax.SHORTCODE_END.findall(self.text))

    def read_brace(self, start: int) -> int:
        """Skip a template tag, an attribute list, a comment, or an expression of JSX."""
        text = self.text
        if text.startswith(("{{<", "{{%"), start):
            return self._hugo(start)
        if text.startswith("{{", start):
            end = self._raw_string_end(start) or self._closed("{{", "}}", start)
            while end and text[end : end + 1] == "}":
                end += 1
            return end or start + 2
        if text.startswith("{%", start):
            return self._template(start)
        if text.startswith("{/*", start):
            end_of_comment = self.spans.find("*/", start + 3)
            if end_of_comment is None:
                return self.skip(start, 3)
            closing = text.find("}", end_of_comment[1], end_of_comment[1] + 3)
            return closing + 1 if closing >= 0 else end_of_comment[1]
        if attributes := syntax.ATTRIBUTE_LIST.match(text, start):
            comment = self.spans.find("{:/comment}", start) if text.startswith("{::comment}", start) else None
            return comment[1] if comment else attributes.end()
        end = self._closed("{#", "#}", start) if text.startswith("{#", start) else None
        if end is None and self.is_mdx:
            end = self.spans.brace_end(start)
            if end and end - start > syntax.MAX_TAG_CHARS:
                end = None
        return end or self.skip(start, 1)

    def _raw_string_end(self, start: int) -> int | None:
        """Return the end of a Go template tag with a raw string, which may contain blank lines and braces."""
        opening = syntax.RAW_STRING.match(self.text, start)
        quote = self.spans.find("`", opening.end()) if opening else None
        end = self.spans.find("}}", quote[1]) if quote else None
        return end[1] if end and end[1] - start <= syntax.MAX_TAG_CHARS else None

    def _closed(self, opening: str, closing: str, start: int) -> int | None:
        """Return the end of a template tag; None if its paragraph ends first."""
        end = self.spans.close(opening, closing, start, syntax.MAX_TEMPLATE_CHARS)
        return end if end and end <= self.spans.paragraph_end(start) else None

    def _template(self, start: int) -> int:
        end = self._closed("{%", "%}", start)
        if end is None:
            return start + 2
        name = syntax.TEMPLATE_NAME.match(self.text, start)
        # `{% set name %}` without a value captures the block that follows, which is seldom prose.
        if name and (name[1] in syntax.CODE_TAGS or (name[1] == "set" and "=" not in self.text[start:end])):
            closing = self.spans.find(syntax.template_end(name[1]), end)
            return closing[1] if closing else end
        return end

    def _hugo(self, start: int) -> int:
        opening = self.text[start : start + 3]
        end = self._closed(opening, ">}}" if opening == "{{<" else "%}}", start)
        if end is None:
            return start + 3
        name = syntax.HUGO_NAME.match(self.text, start)
        if name and name[1] in syntax.CODE_TAGS and self.text[end - 4] != "/":
            closing = self.spans.find(syntax.hugo_end(name[1]), end)
            return closing[1] if closing else end
        return end
