"""JSON Lines: every line is an article or an error with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recommender.article import Article
from recommender.config import Settings, SourceSettings
from recommender.errors import ArticleError, InputError, SourceError
from recommender.sources import (
    FileState,
    Found,
    JsonLinesFile,
    ReadArticle,
    Skipped,
    Unchanged,
    Unreadable,
)
from recommender.sources.json_lines import read_json_article, url_id


def write(folder: Path, content: bytes | str) -> Path:
    file = folder / "articles.jsonl"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def scan(file: Path, **settings: int) -> list[Found]:
    return list(JsonLinesFile(file, Settings(sources=SourceSettings(**settings))).scan({}))


def ids(found: list[Found]) -> list[str | None]:
    return [each.article.id if isinstance(each, ReadArticle) else str(each.error) for each in found]  # type: ignore[union-attr]


def fault(line: str | bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        read_json_article(line.encode() if isinstance(line, str) else line)
    return caught.value


def test_every_line_is_an_article_in_order(tmp_path: Path):
    file = write(tmp_path, '{"id": "b", "title": "B"}\n{"id": "a", "title": "A", "heat": 1}\n')
    found = scan(file)
    assert [each.article.to_record() for each in found] == [  # type: ignore[union-attr]
        {"id": "b", "title": "B"},
        {"id": "a", "title": "A", "heat": 1},
    ]
    assert [each.where for each in found] == [f"{file}, line 1", f"{file}, line 2"]  # type: ignore[union-attr]
    assert [each.path for each in found] == ["articles.jsonl"] * 2


def test_an_article_carries_the_state_of_its_file(tmp_path: Path):
    file = write(tmp_path, '{"id": "a", "title": "A"}\n')
    assert scan(file)[0].state == FileState.of(file.stat())  # type: ignore[union-attr]


def test_an_empty_file_holds_nothing(tmp_path: Path):
    assert scan(write(tmp_path, "")) == []


def test_the_last_line_needs_no_line_end(tmp_path: Path):
    assert ids(scan(write(tmp_path, '{"id": "a", "title": "A"}'))) == ["a"]


def test_blank_lines_are_passed_over_and_counted(tmp_path: Path):
    file = write(tmp_path, '\n  \r\n{"id": "a", "title": "A"}\n\t\n')
    found = scan(file)
    assert [each.where for each in found] == [f"{file}, line 3"]  # type: ignore[union-attr]


def test_windows_line_ends_and_a_byte_order_mark_are_passed_over(tmp_path: Path):
    content = '\ufeff{"id": "a", "title": "A"}\r\n{"id": "b", "title": "B"}\r\n'
    assert ids(scan(write(tmp_path, content))) == ["a", "b"]


def test_a_line_separator_inside_a_text_ends_no_line(tmp_path: Path):
    assert ids(scan(write(tmp_path, '{"id": "a", "title": "A\u2028B\u0085C"}\n'))) == ["a"]


def test_a_broken_line_is_listed_and_reading_goes_on(tmp_path: Path):
    file = write(tmp_path, '{"id": "a", "title": "A"}\n{"id": "b", 1}\n{"id": "c", "title": "C"}\n')
    found = scan(file)
    assert [type(each) for each in found] == [ReadArticle, Unreadable, ReadArticle]
    assert str(found[1].error) == (  # type: ignore[union-attr]
        f"{file}, line 2: invalid JSON at column 13: Expecting property name enclosed in double quotes;"
        " expected one JSON object a line"
    )


def test_a_line_that_is_no_article_is_refused():
    for line, message in [
        ("[1]", "the line holds a list; expected a JSON object"),
        ("5", "the line holds a int; expected a JSON object"),
        ("null", "the line holds a NoneType; expected a JSON object"),
        ("{} {}", "invalid JSON at column 4: Extra data; expected one JSON object a line"),
        ("title: A", "invalid JSON at column 1: Expecting value; expected one JSON object a line"),
        ("{'id': 'a'}", "invalid JSON at column 2: Expecting property name enclosed in double quotes"),
        (b'{"id": "a", "title": "caf\xe9"}', "byte 26 of the line is not UTF-8; expected a file in UTF-8"),
        ('{"id": "a"}', "title is missing; expected a text that is not empty"),
        ('{"id": "a", "title": ""}', "title is empty; expected a text that is not empty"),
        ('{"id": "a", "title": "A", "quality": NaN}', "quality is NaN; expected a finite number"),
        ('{"id": "a", "title": "A", "heat": -Infinity}', "heat is -Infinity; expected a finite number"),
        ('{"id": "a\\nb", "title": "A"}', "id holds a control character, is blank, or is . or .."),
        ('{"id": "", "title": "A"}', 'id is ""; expected a text of 1 to 512 printable characters'),
        ('{"title": "A"}', "the article has neither an id nor a webUrl; expected one of them"),
        ('{"title": "A", "webUrl": ""}', "the article has neither an id nor a webUrl; expected one of them"),
        ('{"title": "A", "webUrl": " \\n"}', "the article has neither an id nor a webUrl; expected one of them"),
        ('{"title": "A", "id": null}', "the article has neither an id nor a webUrl; expected one of them"),
    ]:
        assert str(fault(line)).startswith(message), line


def test_a_line_that_breaks_off_is_told_with_the_column_of_its_end():
    assert fault('{"id": "b",\n').what.startswith("invalid JSON at column 12: ")


def test_json_that_python_cannot_hold_is_refused():
    for line in ["[" * 200_000, '{"a":' * 200_000, f'{{"id": "a", "title": "A", "heat": {"9" * 5000}}}']:
        assert fault(line).what.startswith("invalid JSON: "), line


def test_an_unknown_key_nested_deep_is_handed_back_or_refused():
    nested = "[" * 400 + "]" * 400
    try:
        record = read_json_article(f'{{"id": "a", "title": "A", "x": {nested}}}'.encode()).to_record()
    except InputError:
        return
    assert json.dumps(record["x"], separators=(",", ":")) == nested


def test_fields_are_read_by_whatever_name_they_have(tmp_path: Path):
    line = {
        "id": 7,
        "title": "A",
        "pubDate": "Fri, 16 Apr 2021 20:54:00 +0000",
        "tags": "a, b",
        "author": {"name": "Ada", "url": "https://x.example/ada"},
        "summary": "In short.",
        "permalink": "https://x.example/a",
        "published": False,
        "season": "spring",
    }
    (found,) = scan(write(tmp_path, json.dumps(line)))
    assert isinstance(found, ReadArticle)
    assert found.article.to_record() == {
        "id": "7",
        "title": "A",
        "excerpt": "In short.",
        "publishedDateTime": "2021-04-16T20:54:00Z",
        "webUrl": "https://x.example/a",
        "published": False,
        "authors": ["Ada"],
        "topics": ["a", "b"],
        "season": "spring",
    }
    assert found.origins["published"] == "pubDate"


def test_a_bad_value_costs_that_value_and_a_missing_title_the_article(tmp_path: Path):
    lines = [{"id": "a", "title": "A", "topics": ["x", None], "quality": "high"}, {"id": "b", "title": " "}]
    read, refused = scan(write(tmp_path, "".join(f"{json.dumps(line)}\n" for line in lines)))
    assert isinstance(read, ReadArticle)
    assert read.article.to_record() == {"id": "a", "title": "A", "topics": ["x"]}
    assert sorted((lost.field, lost.shown) for lost in read.lost) == [("quality", '"high"'), ("topics.1", "null")]
    assert isinstance(refused, Unreadable)
    assert refused.error.what == "title is missing"


def test_records_that_readers_may_not_see_are_passed_over(tmp_path: Path):
    hidden = [{"draft": True}, {"status": "private"}, {"date": "2999-01-01"}]
    file = write(tmp_path, "".join(json.dumps({"id": "a", "title": "A", **fields}) + "\n" for fields in hidden))
    assert [each.reason for each in scan(file) if isinstance(each, Skipped)] == ["draft", "private", "in the future"]


def test_a_file_with_a_fault_on_every_line_gives_each(tmp_path: Path):
    found = scan(write(tmp_path, "x\n[]\n{}\n"))
    assert [each.error.where for each in found] == [  # type: ignore[union-attr]
        f"{tmp_path / 'articles.jsonl'}, line {number}" for number in (1, 2, 3)
    ]


def test_a_byte_order_mark_counts_on_the_first_line_alone(tmp_path: Path):
    found = scan(write(tmp_path, '{"id": "a", "title": "A"}\n\ufeff{"id": "b", "title": "B"}\n'))
    assert [type(each) for each in found] == [ReadArticle, Unreadable]


def test_related_is_dropped_and_secured_is_kept():
    article = read_json_article(b'{"id": "a", "title": "A", "related": [{"title": "B"}], "secured": "blob=="}')
    assert article == Article(id="a", title="A", secured="blob==")


def test_a_number_serves_as_an_id():
    assert read_json_article(b'{"id": 7, "title": "A"}').id == "7"


@pytest.mark.parametrize("given", ["", '"id": null, '])
def test_a_web_url_serves_as_an_id(given: str):
    article = read_json_article(f'{{{given}"title": "A", "webUrl": " https://site.example/a b "}}'.encode())
    assert article.id == "https://site.example/a b"
    assert article.web_url == " https://site.example/a b "


def test_an_id_goes_before_a_web_url():
    assert read_json_article(b'{"id": "a", "title": "A", "webUrl": "https://site.example/a"}').id == "a"


def test_what_cannot_be_printed_is_escaped_in_an_id():
    for web_url, article_id in [
        ("https://site.example/a", "https://site.example/a"),
        (" https://site.example/a\n", "https://site.example/a"),
        ("https://site.example/a\u2028b", "https://site.example/a%E2%80%A8b"),
        ("https://site.example/a\tb\x00", "https://site.example/a%09b%00"),
        ("https://site.example/é 日", "https://site.example/é 日"),
        ("https://site.example/%20", "https://site.example/%20"),
    ]:
        assert url_id(web_url) == article_id, web_url
        assert read_json_article(json.dumps({"title": "A", "webUrl": web_url}).encode()).id == article_id, web_url


def test_half_of_a_surrogate_pair_is_refused():
    for fields in ['"title": "A \\ud800"', '"title": "A", "x": ["\\udfff"]', '"title": "A", "\\ud83d": 1']:
        assert fault(f'{{"id": "a", {fields}}}').what == "a text holds half of a surrogate pair", fields


def test_a_whole_surrogate_pair_is_a_character():
    assert read_json_article(b'{"id": "a", "title": "\\ud83d\\ude00"}').title == "😀"


def test_a_line_longer_than_the_limit_is_listed_and_reading_goes_on(tmp_path: Path):
    long = json.dumps({"id": "long", "title": "x" * 5000})
    file = write(tmp_path, f'{long}\n{{"id": "b", "title": "B"}}\n{long}')
    found = ids(scan(file, max_file_bytes=1024))
    assert found == [
        f"{file}, line 1: the line is longer than 1,024 bytes",
        "b",
        f"{file}, line 3: the line is longer than 1,024 bytes",
    ]


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize(("size_bytes", "kind"), [(1023, ReadArticle), (1024, ReadArticle), (1025, Unreadable)])
def test_a_line_may_have_the_limits_length(tmp_path: Path, size_bytes: int, kind: type, end: bytes):
    frame = len('{"id": "a", "title": ""}')
    line = f'{{"id": "a", "title": "{"x" * (size_bytes - frame)}"}}'.encode()
    assert len(line) == size_bytes
    found = scan(write(tmp_path, line + end + b"\n"), max_file_bytes=1024)
    assert [type(each) for each in found] == [kind]


def test_a_file_in_its_known_state_is_not_read(tmp_path: Path):
    file = write(tmp_path, "broken\n")
    source = JsonLinesFile(file)
    assert list(source.scan({"articles.jsonl": FileState.of(file.stat())})) == [Unchanged("articles.jsonl")]


def test_a_file_in_another_state_is_read(tmp_path: Path):
    file = write(tmp_path, '{"id": "a", "title": "A"}\n')
    known = {"articles.jsonl": FileState.of(file.stat())._replace(size_bytes=1), "other": FileState.of(file.stat())}
    assert ids(list(JsonLinesFile(file).scan(known))) == ["a"]


def test_a_missing_file_is_an_error(tmp_path: Path):
    with pytest.raises(SourceError, match="the file cannot be read: No such file or directory") as caught:
        scan(tmp_path / "none.jsonl")
    assert caught.value.where == str(tmp_path / "none.jsonl")


def test_an_article_without_a_name_is_an_article_error():
    assert isinstance(fault('{"title": "A"}'), ArticleError)
