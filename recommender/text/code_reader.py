"""Read code and math in Markdown: fences, code spans, dollars, LaTeX brackets."""

from __future__ import annotations

import re

from recommender.text import syntax
from recommender.text.code_spans import telling_part
from recommender.text.text_pass import TextPass

# Replaces a fenced block; without it, a list item that held only the block would vanish.
_NOTHING = "<!---->"


class CodeReader(TextPass):
    """Reads fences, backticks, dollars and backslashes."""

    def read_fence(self, match: re.Match[str]) -> int:
        """Skip a fenced code block; one without an end runs to the end of the text, as in CommonMark."""
        mark = match["fence"]
        line_end = self.text.find("\n", match.end())
        if mark[0] == "`" and "`" in self.text[match.end() : line_end if line_end >= 0 else None]:
            # ```code``` within one line.
            self.keep(match["before"])
            return self.read_backtick(match.start("fence"))
        closing = self.spans.find(syntax.fence_end(mark[0], min(len(mark), 12)), match.end())
        self.keep(f"{match['before']}{_NOTHING}\n")
        return closing[1] if closing else len(self.text)

    def read_backtick(self, start: int) -> int:
        """Read a code span, and keep it if it is part of a sentence."""
        text, end = self.text, start + 1
        while text[end : end + 1] == "`":
            end += 1
        closing = self.spans.find(syntax.span_end(end - start), end) if end - start <= 12 else None
        if (
            closing is None
            or closing[0] - end > syntax.MAX_SPAN_CHARS
            or syntax.OTHER_BLOCK.search(text, end, closing[0])
        ):
            return self.skip(start, end - start)
        code = text[end : closing[0]]
        kept = code if self.keep_spans else telling_part(code)
        if kept.strip():
            self.keep(f"{text[start:end]}{kept}{text[start:end]}")
        return closing[1]

    def read_backslash(self, start: int) -> int:
        """Keep an escaped character; skip math in brackets or in an environment."""
        text = self.text
        for opening, closing in syntax.MATH_BRACKETS.items():
            if text.startswith(opening, start):
                inner = start + len(opening)
                end = self.spans.find(closing, inner)
                limit = min(inner + syntax.MAX_SPAN_CHARS, self.spans.paragraph_end(start))
                if end and end[0] <= limit and syntax.MATH_SIGN.search(text, inner, end[0]):
                    return self.part(end[1])
                break
        if environment := syntax.ENVIRONMENT.match(text, start):
            end = self.spans.find(f"\\end{{{environment[1]}}}", environment.end())
            if end and end[0] - start <= syntax.MAX_TEMPLATE_CHARS:
                return self.part(end[1])
        return self.skip(start, 2)

    def read_dollar(self, start: int) -> int:
        """Skip math between dollars."""
        text = self.text
        if text.startswith("$$", start):
            end = self.spans.find("$$", start + 2)
            if end and end[0] - start <= syntax.MAX_TEMPLATE_CHARS:
                at_line_start = start == 0 or text[start - 1] == "\n"
                if at_line_start or end[0] <= self.spans.paragraph_end(start):
                    return self.part(end[1])
            return self.skip(start, 2)
        math = syntax.INLINE_MATH.match(text, start)
        return self.part(math.end()) if math and _is_math(math[1]) else self.skip(start, 1)


def _is_math(inner: str) -> bool:
    """Return True if text between two dollars is math, not what stands between two sums of money."""
    if syntax.MATH_COMMAND.search(inner):
        return True
    if inner != inner.strip():
        return False
    return " " not in inner or syntax.MATH_SIGN.search(inner) is not None
