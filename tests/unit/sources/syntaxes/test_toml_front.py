"""TOML front matter: reading, and inserting, replacing and removing `[[related]]`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes.toml_front import TOML

NEW = [{"title": "New", "provider": {"name": "The Courier"}}]
BLOCK = '[[related]]\ntitle = "New"\n[related.provider]\nname = "The Courier"\n'
OLD = '[[related]]\ntitle = "Old"\n\n  [related.provider]\n  name = "x"\n  [[related.images]]\n  url = "y"\n'


def page(toml: str, body: str = "Body\n") -> str:
    return f"+++\n{toml}+++\n{body}"


def put(text: str, entries: Sequence[dict[str, Any]] = NEW) -> str:
    field = TOML.find_related(text.encode())
    return TOML.splice(field, TOML.write_block(entries, field.newline)).decode()


def fault(text: str) -> str:
    with pytest.raises(FrontMatterError) as caught:
        put(text)
    return str(caught.value)


ABOVE = [
    "title = 'A'\n",
    "# a comment\ntitle = 'A' # ours\n# the end\n",
    "title = 'A'\n[params]\nrelated = 1\n[params.more]\nx = 2\n",
    "params.related = 1\nparams.more = 2\n",
    "[[items]]\nrelated = []\n[[items]]\n[items.related]\n",
    'text = \'\'\'\n[[related]]\nrelated = 1\n\'\'\'\nother = """\n[related]\n\\""""""\n',
    'list = [\n  "a", # related = 1\n  {related = "]"},\n]\n',
    "date = 2021-04-16T20:54:00Z\nday = 2021-04-16\nnumber = -1.5e3\n",
    "'a.related' = 1\n\"\\u0061\" = 2\n",
]


def test_new_tables_stand_last_below_a_blank_line():
    for above in ABOVE:
        assert put(page(above)) == page(f"{above}\n{BLOCK}")
        assert put(page(f"{above}\n")) == page(f"{above}\n{BLOCK}\n")


def test_empty_front_matter_takes_tables():
    assert put(page("")) == page(BLOCK)
    assert put(page("\n")) == page(f"\n{BLOCK}\n")


def test_what_was_put_in_is_found_and_taken_out_again():
    for toml in ["", "\n", *ABOVE, *(f"{above}\n" for above in ABOVE)]:
        for mark, newline, body in product(["", "\ufeff"], ["\n", "\r\n"], ["", "Body", "\n+++\n[[related]]\n"]):
            text = mark + page(toml, body).replace("\n", newline)
            once = put(text)
            assert TOML.parse(once.encode()).related == NEW
            assert put(once) == once
            assert put(once, []) == text


def test_tables_are_replaced_where_they_stand_and_comments_around_them_stay():
    for block in [OLD, "[related]\nx = 1\n", "[[ related ]] # ours\n", '[["related"]]\nx = 1\n']:
        for below in ["", "# ours\n", "\n# of extra\n[extra]\nx = 1\n"]:
            above = "title = 'A'\n# above\n\n"
            assert TOML.find_related(page(above + block + below).encode()).block == block.encode()
            assert put(page(above + block + below)) == page(above + BLOCK + below)
            assert put(page(f"# above\n{block}{below}"), []) == page(f"# above\n{below}")


def test_a_value_makes_way_for_tables_at_the_end():
    for block in ["related = []\n", "  related = [\n  {title = 'x'}, # ours\n]\n", "related.a = 1\n'related'.b = 2\n"]:
        text = page(f"# above\n{block}title = 'A'\n[params]\nx = 1\n")
        assert put(text) == page(f"# above\ntitle = 'A'\n[params]\nx = 1\n\n{BLOCK}"), block
        assert put(text, []) == page("# above\ntitle = 'A'\n[params]\nx = 1\n"), block


def test_blank_lines_around_a_block_become_one():
    assert put(page(f"title = 'A'\n\n{OLD}\n[extra]\n"), []) == page("title = 'A'\n\n[extra]\n")
    assert put(page(f"title = 'A'\n\n{OLD}"), []) == page("title = 'A'\n")


def test_a_placeholder_is_empty():
    for block in ["", "related = []\n", "related = {}\n", "related = ''\n"]:
        assert TOML.find_related(page(f"{block}x = 1 # not of related\n").encode()).is_empty(), block


def test_what_someone_wrote_is_not_empty():
    for block in [OLD, "related = 0\n", "related = [] # none fits\n", "related = [\n# none\n]\n"]:
        assert not TOML.find_related(page(block).encode()).is_empty(), block


def test_fields_are_read_with_their_dates_and_lines():
    toml = "# a\ntitle = 'A'\ndate = 2021-04-16T20:54:00Z\nday = 2021-04-16\na.b = 1\na.c = 2\n[params]\nx = 1\n"
    front = TOML.parse(page(f"{toml}{OLD}[[tags]]\n").encode())
    assert front.fields == {
        "title": "A",
        "date": datetime(2021, 4, 16, 20, 54, tzinfo=UTC),
        "day": date(2021, 4, 16),
        "a": {"b": 1, "c": 2},
        "params": {"x": 1},
        "tags": [{}],
    }
    assert front.related == [{"title": "Old", "provider": {"name": "x"}, "images": [{"url": "y"}]}]
    assert front.body == "Body\n"
    assert [front.line(key) for key in ("title", "date", "a", "params", "tags", "none")] == [3, 4, 6, 8, 17, 1]


def test_every_value_is_written_as_it_is_read():
    entry = {
        "provider": {"images": [{"url": "u"}], "name": "n"},
        "title": 'a "b" \\ \n\t\x00\x7f\x85\u2028\U0001f98e',
        "not bare": {"é.": [], "x": {}},
        "quality": 1e-7,
        "width": 2**70,
        "isCached": True,
        "tags": ["a", 1, {"b": 2}],
    }
    written = tomllib.loads(TOML.write_block([entry, {}]).decode())
    assert written["related"] == [{**entry, "width": float(2**70)}, {}]
    assert TOML.write_block([{"title": "\ud800"}]) == b'[[related]]\ntitle = "\\ufffd"\n'
    assert TOML.write_block([]) == b""


def test_other_files_are_not_claimed():
    for text in ["---\n+++\n", "++++\n+++\n", "+++ x\n", "Text", ""]:
        assert not TOML.claims(text.encode())
        assert "line 1 is not +++" in fault(text)


def test_what_cannot_be_read_is_refused_with_its_line():
    for text, message in [
        ("+++\ntitle = 'A'\n", "the front matter is never closed; "),
        ("+++\ntitle = 'A'\nb\n+++\n", "line 3: invalid TOML: Expected '=' after a key in a key/value pair; "),
        ("+++\nx = 2021-13-01\n+++\n", "line 2: invalid TOML: "),
        ("+++\na = 1\nx = '''\n+++\n", "line 3: invalid TOML: "),
        ("+++\nrelated = []\n[[related]]\n+++\n", "line 3: invalid TOML: "),
        (f"+++\n{OLD}[extra]\n[[related]]\n+++\n", "line 2: other fields stand between the related tables; "),
        (f"+++\nx = {'[' * 60}{']' * 60}\n+++\n", "line 2: values are nested more than 50 deep; "),
        (f"+++\na = 1\nx = {'{a = ' * 60}1{'}' * 60}\n+++\n", "line 3: values are nested more than 50 deep; "),
        (f"+++\n{'a.' * 100_000}a = 1\n+++\n", "line 2: values are nested more than 50 deep; "),
        (f"+++\nx = {{{'a.' * 100_000}a = 1}}\n+++\n", "line 2: values are nested more than 50 deep; "),
        (f"+++\n[{'a . ' * 60}a]\n+++\n", "line 2: values are nested more than 50 deep; "),
        (f"+++\nx = [{'1,' * 100_001}]\n+++\n", "the front matter holds more than 100,000 values; "),
    ]:
        assert TOML.claims(text.encode()), text
        assert fault(text).startswith(message), text


def test_a_file_that_is_not_utf_8_is_refused_with_its_line():
    with pytest.raises(FrontMatterError, match="line 2: byte 0xe9 is not UTF-8"):
        TOML.parse(b"+++\n\xe9\n+++\n")


@pytest.mark.parametrize(
    "block", [b"title = 1\n", b"[extra]\n", b"[[related]]\n[extra]\n", b"# none\n", b"[[related\n"]
)
def test_what_is_no_related_block_is_refused(block: bytes):
    with pytest.raises(FrontMatterError):
        TOML.splice(TOML.find_related(page("title = 'A'\n").encode()), block)
