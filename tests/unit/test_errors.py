"""Errors: one tree, and one line each."""

from __future__ import annotations

import pickle

from recommender import errors
from recommender.errors import ArticleError, InputError, RelatedError, one_line


def test_an_error_is_one_line():
    for error, line in [
        (RelatedError("it broke"), "it broke"),
        (RelatedError("it broke", where="a.md, line 7"), "a.md, line 7: it broke"),
        (RelatedError("it broke", expected="a date"), "it broke; expected a date"),
        (RelatedError("it broke", where="a.md", expected="a date", hint="mend it"), "a.md: it broke; expected a date"),
    ]:
        assert str(error) == line, error


def test_an_error_keeps_its_parts():
    error = ArticleError("it broke", where="a.md", expected="a date", hint="mend it")
    assert (error.what, error.where, error.expected, error.hint) == ("it broke", "a.md", "a date", "mend it")


def test_a_place_is_filled_in_where_there_is_none():
    error = InputError("it broke")
    assert error.at("line 3") is error
    assert str(error) == "line 3: it broke"


def test_a_place_that_is_known_stays():
    assert InputError("it broke", where="line 2").at("line 3").where == "line 2"


def test_line_breaks_and_escapes_in_an_error_do_not_reach_the_terminal():
    message = str(RelatedError("title is \x1b[31mred\r\nnext", where="a\u2028b.md"))
    assert message == "a\\u2028b.md: title is \\x1b[31mred\\r\\nnext"


def test_a_lone_surrogate_is_shown_as_an_escape():
    assert one_line("a\udcffb") == "a\\udcffb"


def test_a_printable_text_stays():
    for text in ["plain", "日本語 🎉", "a b"]:
        assert one_line(text) == text, text


def test_a_long_text_is_cut_at_the_limit():
    assert one_line("x" * 11, limit=10) == "x" * 9 + "…"
    assert one_line("x" * 10, limit=10) == "x" * 10


def test_every_error_belongs_to_the_tree():
    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert len(found) > 10
    assert all(issubclass(error, RelatedError) for error in found)


def test_an_error_survives_the_way_to_another_process():
    error = pickle.loads(pickle.dumps(ArticleError("it broke", where="a.md", expected="a date", hint="mend it")))
    assert type(error) is ArticleError
    assert (str(error), error.hint) == ("a.md: it broke; expected a date", "mend it")


def test_a_place_may_lie_within_another():
    assert InputError("it broke", where="line 2").within("a.md").where == "a.md, line 2"
    assert InputError("it broke").within("a.md").where == "a.md"
