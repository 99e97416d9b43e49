"""What commands print: data on stdout, everything else on stderr, nothing that could disturb a terminal."""

from __future__ import annotations

import dataclasses
import io
import sys

import pytest

from recommender.article import Article
from recommender.cli.output import SHOWN_PROBLEMS, describe, fail, list_problems, progress_bar, put, say
from recommender.cli.query import EXPLAINED, _print_answer
from recommender.errors import ConfigError, InputError
from recommender.related.answer import Considered, Named, RelatedArticles, RelatedItem
from recommender.text import trec_id

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


def test_an_error_is_one_line_with_its_hint():
    for error, line in [
        (ConfigError("no such thing"), "no such thing"),
        (ConfigError("no such thing", hint="try this"), "no such thing (hint: try this)"),
        (
            InputError("it is 3", where="a.md, line 7", expected="4", hint="count again"),
            "a.md, line 7: it is 3; expected 4 (hint: count again)",
        ),
        (ConfigError("two\nlines\x1b[2J", hint="two\r\nmore"), r"two\nlines\x1b[2J (hint: two\r\nmore)"),
    ]:
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


def test_white_space_of_an_id_is_percent_encoded_and_nothing_else():
    for article_id, written in [
        ("_news/2021-a", "_news/2021-a"),
        ("two words", "two%20words"),
        ("100% sure", "100%%20sure"),
        ("https://a.example/caf%C3%A9", "https://a.example/caf%C3%A9"),
        ("tab\there\u3000", "tab%09here%E3%80%80"),
        ("Malmö/é", "Malmö/é"),
    ]:
        assert trec_id(article_id) == written
        assert len(trec_id(article_id).split()) == 1


def item(score: float, reasons: list[str], **fields: object) -> RelatedItem:
    return RelatedItem(Article.read(fields), score, reasons, {}, {})


def table(capsys: Captured, *items: RelatedItem, title: str = "Asked about", **more: object) -> list[str]:
    _print_answer(RelatedArticles(Article(title=title), list(items), 1, "default", **more))  # type: ignore[arg-type]
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
    assert len(lines) == 4


def test_an_empty_table_says_so(capsys: Captured):
    assert table(capsys) == ["Related to: Asked about", "Nothing here is related enough."]


def test_copies_of_the_article_asked_about_are_named_by_their_ids(capsys: Captured):
    copies = [Named("a", "First"), Named("b\x1b[2J", "Second")]
    assert table(capsys, duplicates=copies)[1] == r"Copies of it: a, b\x1b[2J"


@pytest.mark.parametrize(("count", "said"), [(1, "1 copy"), (2, "2 copies")])
def test_an_item_says_how_many_copies_it_stands_for(capsys: Captured, count: int, said: str):
    related = dataclasses.replace(item(0.9, ["Clearview AI"], title="Found"), duplicates=[Named("c", "C")] * count)
    assert table(capsys, related)[2].split("  ")[-1].strip() == f"Clearview AI, {said}"


def test_what_an_editor_put_first_is_marked(capsys: Captured):
    related = dataclasses.replace(item(0.1, ["same day"], title="Found"), pinned=True)
    assert table(capsys, related)[2].split("  ")[-1].strip() == "pinned, same day"


def considered(number: int, title: str = "Candidate", fate: str = "shown") -> Considered:
    return Considered(f"c{number}", title, 0.99 - number / 1000, {"cosine": 0.75, "hubs": -0.0625}, fate)


def test_an_explanation_has_a_column_for_each_part_and_a_line_for_each_candidate(capsys: Captured):
    candidates = [considered(0), considered(1, "Other", "under the minimum of 0.995")]
    lines = table(capsys, considered=candidates)[2:]
    assert lines[:2] == ["", "The 2 most related of 2 candidates:"]
    assert [cell.strip() for cell in lines[2].split("  ") if cell.strip()] == [
        "score",
        "cosine",
        "hubs",
        "article",
        "outcome",
    ]
    assert [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines[3:]] == [
        ["0.9900", "+0.750", "-0.062", "Candidate", "shown"],
        ["0.9890", "+0.750", "-0.062", "Other", "under the minimum of 0.995"],
    ]


def test_an_explanation_of_very_many_candidates_is_cut_and_says_so(capsys: Captured):
    lines = table(capsys, considered=[considered(number) for number in range(EXPLAINED + 7)])
    assert lines[3] == f"The {EXPLAINED} most related of {EXPLAINED + 7} candidates:"
    assert len(lines) == 5 + EXPLAINED


@pytest.mark.parametrize("candidates", [None, []])
def test_without_candidates_nothing_is_explained(capsys: Captured, candidates: list[Considered] | None):
    assert len(table(capsys, considered=candidates)) == 2


def test_a_long_title_is_folded_and_never_cut(capsys: Captured):
    words = [f"word{number}" for number in range(60)]
    lines = table(capsys, item(0.9, [], title=" ".join(words)))
    assert " ".join(lines[2:]).split() == ["0.9000", *words]
    assert max(map(len, lines)) <= 140


@pytest.mark.parametrize("place", ["title", "asked", "provider", "reason", "candidate", "fate"])
def test_control_characters_are_printed_as_escapes(capsys: Captured, place: str):
    for title, shown in [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("two\nlines", r"two\nlines"),
        ("bell\x07 and \x9b2J", r"bell\x07 and \x9b2J"),
        ("right\u202eto left", r"right\u202eto left"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
    ]:
        fields: dict[str, object] = {"title": title if place == "title" else "Plain"}
        if place == "provider":
            fields["provider"] = title
        related = item(0.9, [title] if place == "reason" else [], **fields)
        candidate = considered(
            0, title if place == "candidate" else "Candidate", title if place == "fate" else "not among the best 5"
        )
        asked = title if place == "asked" else "Asked about"
        text = "\n".join(table(capsys, related, title=asked, considered=[candidate]))
        assert shown in text
        assert all(char.isprintable() or char == "\n" for char in text)
