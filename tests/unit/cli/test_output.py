"""What commands print: data on stdout, everything else on stderr, nothing that could disturb a terminal."""

from __future__ import annotations

import io
import sys

import pytest

from recommender.article import Article
from recommender.cli.output import SHOWN_PROBLEMS, describe, fail, list_problems, progress_bar, put, say
from recommender.cli.query import _print_table
from recommender.cli.run import trec_id
from recommender.errors import ConfigError, InputError
from recommender.recommend import RelatedArticles, RelatedItem

Captured = pytest.CaptureFixture[str]


def test_data_goes_to_stdout_and_messages_to_stderr(capsys: Captured):
    put("data")
    say("message")
    assert capsys.readouterr() == ("data\n", "message\n")


def test_data_is_utf8_whatever_the_locale(monkeypatch: pytest.MonkeyPatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    put("Malmö – £17m")
    assert raw.getvalue() == "Malmö – £17m\n".encode()


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ConfigError("no such thing"), "no such thing"),
        (ConfigError("no such thing", hint="try this"), "no such thing (hint: try this)"),
        (
            InputError("it is 3", where="a.md, line 7", expected="4", hint="count again"),
            "a.md, line 7: it is 3; expected 4 (hint: count again)",
        ),
        (ConfigError("two\nlines\x1b[2J", hint="two\r\nmore"), r"two\nlines\x1b[2J (hint: two\r\nmore)"),
    ],
)
def test_an_error_is_one_line_with_its_hint(error: InputError, line: str):
    assert describe(error) == line


def test_failing_prints_the_error_and_exits_with_one(capsys: Captured):
    with pytest.raises(SystemExit) as caught:
        fail(ConfigError("no such thing", hint="try this"))
    assert caught.value.code == 1
    assert capsys.readouterr() == ("", "error: no such thing (hint: try this)\n")


@pytest.mark.parametrize(("count", "last"), [(0, None), (2, "p1"), (SHOWN_PROBLEMS, f"p{SHOWN_PROBLEMS - 1}")])
def test_every_problem_has_a_line(capsys: Captured, count: int, last: str | None):
    list_problems([InputError(f"p{number}") for number in range(count)])
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == count
    assert lines[-1:] == ([f"problem: {last}"] if last else [])


def test_very_many_problems_are_counted(capsys: Captured):
    list_problems([InputError(f"p{number}") for number in range(SHOWN_PROBLEMS + 1500)])
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == SHOWN_PROBLEMS + 1
    assert lines[-1] == "problem: and 1,500 more like these"


def test_progress_is_silent_where_stderr_is_no_terminal(capsys: Captured):
    with progress_bar() as advance:
        advance("reading", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_progress_is_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: Captured):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar() as advance:
        advance("reading", 1, 0)
        advance("encoding", 2, 3)
    assert "encoding" in terminal.getvalue()
    assert "2/3" in terminal.getvalue()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("article_id", "written"),
    [
        ("_news/2021-a", "_news/2021-a"),
        ("two words", "two%20words"),
        ("100% sure", "100%%20sure"),
        ("https://a.example/caf%C3%A9", "https://a.example/caf%C3%A9"),
        ("tab\there\u3000", "tab%09here%E3%80%80"),
        ("Malmö/é", "Malmö/é"),
    ],
)
def test_white_space_of_an_id_is_percent_encoded_and_nothing_else(article_id: str, written: str):
    assert trec_id(article_id) == written
    assert len(trec_id(article_id).split()) == 1


def item(score: float, reasons: list[str], **fields: object) -> RelatedItem:
    return RelatedItem(Article.read(fields), score, reasons, {}, {})


def table(capsys: Captured, *items: RelatedItem, title: str = "Asked about") -> list[str]:
    _print_table(RelatedArticles(Article(title=title), list(items), 1, "default"))
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out.splitlines()


def test_a_table_holds_score_title_provider_date_and_reasons(capsys: Captured):
    full = item(
        0.99617, ["Clearview AI", "same week"], title="Found", provider="Reuters", publishedDateTime="2021-04-12"
    )
    lines = table(capsys, full, item(0.5, [], title="Bare"))
    assert lines[0] == "Related to: Asked about"
    assert lines[1].split() == ["score", "title", "provider", "date", "why"]
    assert lines[2].split("  ") != []
    assert [cell.strip() for cell in lines[2].split("  ") if cell.strip()] == [
        "0.9962",
        "Found",
        "Reuters",
        "2021-04-12",
        "Clearview AI, same week",
    ]
    assert lines[3].split() == ["0.5000", "Bare"]


def test_an_empty_table_says_so(capsys: Captured):
    assert table(capsys) == ["Related to: Asked about", "Nothing here is related enough."]


def test_a_long_title_is_folded_and_never_cut(capsys: Captured):
    words = [f"word{number}" for number in range(60)]
    lines = table(capsys, item(0.9, [], title=" ".join(words)))
    assert " ".join(lines[2:]).split() == ["0.9000", *words]
    assert max(map(len, lines)) <= 140


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("two\nlines", r"two\nlines"),
        ("bell\x07 and \x9b2J", r"bell\x07 and \x9b2J"),
        ("right\u202eto left", r"right\u202eto left"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
    ],
)
@pytest.mark.parametrize("place", ["title", "asked", "provider", "reason"])
def test_control_characters_are_printed_as_escapes(capsys: Captured, title: str, shown: str, place: str):
    fields: dict[str, object] = {"title": title if place == "title" else "Plain"}
    if place == "provider":
        fields["provider"] = title
    related = item(0.9, [title] if place == "reason" else [], **fields)
    text = "\n".join(table(capsys, related, title=title if place == "asked" else "Asked about"))
    assert shown in text
    assert all(char.isprintable() or char == "\n" for char in text)
