"""Inserting, replacing and removing a YAML related block changes no other byte."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from recommender.errors import FrontMatterError
from recommender.sources.related_block import write_block
from recommender.sources.syntaxes.yaml_front import find_related, splice

NEW = [{"title": "New", "provider": {"name": "The Courier"}}]
BLOCK = 'related:\n  - title: "New"\n    provider:\n      name: The Courier\n'
OLD = 'related:\n  - title: "Old"\n    quality: 1\n'


def put(text: str, entries: Sequence[dict[str, Any]] = NEW) -> str:
    field = find_related(text.encode())
    return splice(field, write_block(entries, field.newline)).decode()


def take_out(text: str) -> str:
    return put(text, [])


def page(yaml: str, body: str = "Body\n") -> str:
    return f"---\n{yaml}---\n{body}"


def fault(yaml: str, entries: Sequence[dict[str, Any]] = NEW) -> str:
    with pytest.raises(FrontMatterError) as caught:
        put(page(yaml), entries)
    return str(caught.value)


NONE = [
    ("title: A\n", "secured: x\n"),
    ("title: A\n", '"secured": x\n'),
    ("title: A\n", "# ours\nsecured: x\n"),
    ("title: A\n", "# ours\n# yours\nsecured: x\ntype: b\n"),
    ("title: A\n  # indented\n", "secured: x\n"),
    ("", "secured: x\ntitle: A\n"),
    ("", "# ours\nsecured: x\n"),
    ("title: A\nimages:\n", "secured: x\n"),
    ("title: A\nimages:\n- url: x\n", "secured: x\n"),
    ("title: |\n  # a text\n  secured: y\n", "secured: x\n"),
    ("title: A\n", ""),
    ("title: A\n# the end\n", ""),
    ("title: A\nmore: {secured: x, related: y}\n", ""),
    ("more:\n  secured: x\n  related: y\n", ""),
    ("? secured\n: x\n", ""),
    ("title: A\u2028secured: x\n", ""),
    ("title: A\rsecured: x\n", ""),
    ("title: 'A\u2028\x85\u2029 \U0001f98e'\n", "secured: x\n"),
    ("", ""),
    ("# nothing\n", ""),
]
"""What stands above a new block, and below it."""

PARTED = [
    ("title: A\n\n", "secured: x\n"),
    ("title: A\n\n", "# ours\nsecured: x\n"),
    ("title: A\n\n# not of secured\n\n", "secured: x\n"),
    ("\n", "secured: x\n"),
    ("title: A\n \t\n", "secured: x\n"),
    ("title: |+\n  A\n\n", "secured: x\n"),
    ("title: A\n\n", ""),
    ("title: A\n\ntype: b\n\n", ""),
]
"""The same, with a blank line above it."""


def test_a_new_block_stands_above_secured_and_its_comments_or_last():
    for above, below in NONE:
        assert put(page(above + below)) == page(above + BLOCK + below), (above, below)


def test_a_new_block_below_a_blank_line_is_followed_by_one():
    for above, below in PARTED:
        assert put(page(above + below)) == page(f"{above}{BLOCK}\n{below}"), (above, below)


def test_a_new_block_is_parted_from_the_last_field_if_others_are():
    assert put(page("title: A\n\ntype: b\n")) == page(f"title: A\n\ntype: b\n\n{BLOCK}")


def test_a_block_with_any_name_is_put_in_and_found_again():
    for yaml, name in product(
        ["title: A\n", "title: A\n\nsecured: x\n", OLD, "related: []\n# ours\nsecured: x\n"],
        ["Le Lézard", "2600", "a: b", "\x85\u2028"],
    ):
        entries = [{"provider": {"name": name}}]
        once = put(page(yaml), entries)
        assert find_related(once.encode()).block == write_block(entries), (name, yaml)
        assert put(once, entries) == once, (name, yaml)


def test_a_new_block_above_secured_is_not_parted_where_secured_is_not():
    yaml = "title: A\n\ntype: b\nsecured: x\n"
    assert put(page(yaml)) == page(yaml.replace("secured", f"{BLOCK}secured"))


@pytest.mark.parametrize("yaml", [*(above + below for above, below in NONE + PARTED), "title: A\n\ntype: b\n"])
def test_what_was_put_in_once_or_twice_is_taken_out_again(yaml: str):
    for mark, newline, body in product(["", "\ufeff"], ["\n", "\r\n"], ["Body\n", "", "\n\nBody"]):
        text = mark + page(yaml, body).replace("\n", newline)
        once = put(text)
        assert put(once) == once
        assert take_out(once) == take_out(text) == text


# Where there is one

OTHER_HANDS = [
    OLD,
    OLD.replace("related:", '"related":'),
    OLD.replace("related:", "'related':"),
    OLD.replace("related:", "related :"),
    OLD.replace("related:", "related:  # ours"),
    "related:\n- title: x\n",
    "related:\n\n  - title: x\n\n    quality: 1\n",
    "related:\n  # first\n  - title: x\n  # second\n  - title: y\n",
    "related:\n  - title: x # the last\n",
    "related:\n  -\n    title: x\n",
    "related:\n  - title: x\n  -\n",
    "related:\n  - title: x\n    provider:\n",
    "related:\n  a: x\n",
    "related: [{title: x}]\n",
    "related: [{title: x},\n{title: y}\n]\n",
    "related: [] # none\n",
    "related: none\n",
    "related: x\n  y\n",
    'related: ["x\n# y"]\n',
    "related:\n  - title: |\n      x\n      # y\n",
    "related:\n- |\n # x\n",
    "related: >-\n  x\n\n  # y\n",
    "related:\n  - &c {title: x}\n  - *c\n",
    "related:\n  ? title\n  : x\n",
    'related:\n  - title: "Le Lézard \U0001f98e"\n    name: Lézard\n',
]
PLACEHOLDERS = ["related:\n", "related: \n", "related: []\n", "related: {}\n", "related: ~\n", 'related: ""\n']

AROUND = [
    ("", ""),
    ("", "title: A\n"),
    ("title: A\n", ""),
    ("title: A\n", "secured: x\n"),
    ("title: A\n", "\nsecured: x\n"),
    ("title: A\n", "\n"),
    ("title: A\n", "# ours\nsecured: x\n"),
    ("title: A\n", "\n# ours\n\n# yours\n"),
    ("", "# of A\n\n? title\n: A\n"),
    ("title: |+\n  A\n\n", "secured: x\n"),
    ("title: 'A\u2028\x85 \U0001f98e'\n", "secured: 'é'\n"),
    ("title: A\nmore: {related: 1}\nlist:\n- related:\n", "secured: |\n  related:\n"),
    ("title: &a A\ntype: *a\n", "secured: &b x\nmore: [*a, *b]\n"),
]


def test_a_block_is_replaced_where_it_stands_or_taken_out():
    for block in OTHER_HANDS + PLACEHOLDERS:
        for above, below in AROUND:
            old, new = page(above + block + below), page(above + BLOCK + below)
            assert find_related(old.encode()).block.decode() == block, block
            assert put(old) == put(new) == new, block
            below_it = below.removeprefix("\n") if above.endswith("\n\n") else below
            assert take_out(old) == page(above + below_it), block


def test_a_block_is_replaced_in_a_file_with_other_line_ends():
    for block in OTHER_HANDS + PLACEHOLDERS:
        old, new = (page(f"title: A\n{each}\nsecured: x\n").replace("\n", "\r\n") for each in (block, BLOCK))
        assert find_related(old.encode()).block.decode() == block.replace("\n", "\r\n"), block
        assert put(old) == put(new) == new, block


def test_a_block_between_blank_lines_leaves_one():
    assert take_out(page(f"title: A\n\n{OLD}\nsecured: x\n")) == page("title: A\n\nsecured: x\n")


def test_a_last_block_takes_the_blank_line_above_it_along():
    assert take_out(page(f"title: A\n\n{OLD}")) == page("title: A\n")


def test_a_block_below_a_comment_leaves_the_comment():
    assert take_out(page(f"title: A\n# related\n{OLD}secured: x\n")) == page("title: A\n# related\nsecured: x\n")


def test_a_block_leaves_an_indented_comment_below_it():
    assert put(page("related: []\n  # ours\nsecured: x\n")) == page(f"{BLOCK}  # ours\nsecured: x\n")


def test_a_badly_indented_block_is_replaced():
    assert put(page("title: A\nrelated:\n   a: x\n  b: y\nsecured: x\n")) == page(f"title: A\n{BLOCK}secured: x\n")


def test_blank_lines_at_the_end_of_a_text_are_not_the_blocks():
    yaml = "related:\n  - title: |+\n      x\n\n\nsecured: x\n"
    assert put(page(yaml)) == page(f"{BLOCK}\n\nsecured: x\n")


def test_the_value_of_a_field_is_told():
    for yaml, value in [
        (OLD, [{"title": "Old", "quality": 1}]),
        ("related: [{title: x}]\n", [{"title": "x"}]),
        ("related:\n", None),
        ("title: A\n", None),
    ]:
        assert find_related(page(yaml).encode()).value() == value, yaml


def test_a_field_that_only_keeps_its_place_free_is_empty():
    for below, block in product(["", "secured: x\n", "\n# ours\nsecured: x\n"], ["", *PLACEHOLDERS]):
        assert find_related(page(f"title: A\n{block}{below}").encode()).is_empty(), (block, below)


def test_a_field_that_someone_wrote_is_not_empty():
    for block in [*OTHER_HANDS, "related: 0\n", "related: false\n", "related: # none fits\n"]:
        assert not find_related(page(f"title: A\n{block}secured: x\n").encode()).is_empty(), block


# Around the front matter


def test_the_body_stays():
    for block, body in product(
        ["", OLD, "related: [{title: x}]\n"],
        [
            "",
            "Body",
            "related:\n  - title: x\nsecured: y\n",
            "\nrelated:\n---\nrelated: x\n...\n",
            "\r\n \t\r\nBody \t\n\n",
            "\ufeff\u2028\x85\x0b",
        ],
    ):
        assert put(page(f"title: A\n{block}", body)) == page(f"title: A\n{BLOCK}", body), (body, block)


def test_the_lines_that_enclose_it_stay():
    for block, mark, closing in product(
        ["", OLD, "related: [{title: x}]\n"], ["", "\ufeff"], ["---", "...", "--- \t\n", "---\r\nBody"]
    ):
        opening = f"{mark}--- \t\ntitle: é\n"
        assert put(f"{opening}{block}{closing}") == f"{opening}{BLOCK}{closing}", (block, mark, closing)


def test_mixed_line_ends_stay():
    text = "---\r\ntitle: A\n\r\n{}secured: x\n---\nBody\r\n"
    new = BLOCK.replace("\n", "\r\n")
    assert put(text.format("")) == text.format(f"{new}\r\n")
    assert put(text.format(OLD)) == text.format(new)
    assert take_out(put(text.format(""))) == text.format("")


# What is refused

NOT_ITS_LINE = "the key related does not begin a line; expected related: at the start of a line, and its items below it"
CROSSED = "an anchor on one side of the related block is used on the other; expected a self-contained block"
MERGED = "a merge key hides which fields are the article's own; expected fields without <<"
CHANGES = "a related block here would change another field; expected fields that each begin a line of their own"


def test_two_keys_are_refused():
    for first, second in product([OLD, "related: []\n"], [OLD, "related: []\n", '"related": x\n', "? related\n: x\n"]):
        line = 3 + first.count("\n")
        message = f"line {line}: the key related is repeated; expected one"
        assert fault(f"title: A\n{first}{second}") == message, (first, second)


def test_a_merge_key_is_refused():
    for block in ["", OLD, "related: []\n"]:
        line = 3 + block.count("\n")
        assert fault(f"more: &a {{b: 1}}\n{block}<<: *a\n") == f"line {line}: {MERGED}", block


def test_a_merge_key_in_a_field_is_none_of_ours():
    yaml = "more: &a {b: 1}\nown:\n  <<: *a\n"
    assert put(page(yaml)) == page(yaml + BLOCK)


def test_an_anchor_that_crosses_the_border_is_refused():
    for yaml, line in [
        ("title: &a A\nrelated: [{title: *a}]\n", 3),
        ("related: &a [{title: x}]\nmore: *a\n", 2),
        ("related:\n  - title: &a x\nmore:\n  - *a\n", 2),
        ("title: &a key\nrelated: []\n*a : x\n", 3),
    ]:
        assert fault(yaml) == fault(yaml, []) == f"line {line}: {CROSSED}", yaml


def test_a_key_that_does_not_begin_a_line_is_refused():
    for yaml, line in [
        ("title: A\n? related\n: x\n", 3),
        ("{title: A, related: x}\n", 2),
        ("  title: A\n  related: x\n", 3),
        ("!!str related: x\n", 2),
        ("title: A\n&a related: x\n", 3),
        ("title: &a related\n*a : x\n", 2),
        ("title: A\u2028related: x\n", 2),
        ("title: A\rrelated: x\n", 2),
        ('"rel\\x61ted": x\n', 2),
    ]:
        assert fault(yaml) == f"line {line}: {NOT_ITS_LINE}", yaml


def test_a_place_where_no_field_can_stand_is_refused():
    for yaml, line in [
        ("{title: A}\n", 3),
        ("{title: A, secured: x}\n", 3),
        ("{\nsecured: x\n}\n", 4),
        ("{\nrelated: []\n}\n", 4),
        ("  title: A\n  secured: x\n", 4),
        ('title: "A\n# x"\nsecured: y\n', 4),
    ]:
        message = fault(yaml)
        assert message.startswith(f"line {line}: a related block cannot stand here: invalid YAML: "), yaml
        assert message.endswith("; expected one field below the other"), yaml


def test_a_change_of_another_field_is_refused():
    for yaml in [
        "title: A\n\nmore: |+\n  x\n",
        "related: x\rsecured: y\n",
        "related: x\u2028secured: y\n",
    ]:
        assert fault(yaml) == CHANGES, yaml


def test_a_comment_that_would_fall_into_a_text_is_refused():
    yaml = "title: |\n  A\nrelated:\n  - title: x\n  # a comment\nsecured: x\n"
    assert fault(yaml, []) == CHANGES


@pytest.mark.parametrize("block", [b"title: B\n", b"more: B\n", b"# none\n", b"related: []\n...\n", b"related: {\n"])
def test_what_is_no_related_block_is_refused(block: bytes):
    field = find_related(page("title: A\n").encode())
    with pytest.raises(FrontMatterError):
        splice(field, block)


def test_a_file_without_front_matter_is_refused():
    for text, message in [
        ("title: A\n", "line 1 is not ---; expected YAML front matter between two lines of ---"),
        ("", "the file is empty; expected YAML front matter between two lines of ---"),
        (
            "---\ntitle: A\n",
            "the front matter is never closed; expected a line of --- after the last field",
        ),
        ("---\n- a\n---\n", "line 2: the front matter is not a mapping; expected lines such as title: ..."),
    ]:
        with pytest.raises(FrontMatterError) as caught:
            find_related(text.encode())
        assert str(caught.value) == message, text


def test_a_file_that_is_not_utf_8_is_refused():
    with pytest.raises(FrontMatterError, match="line 2: byte 0xe9 is not UTF-8"):
        find_related(b"---\ntitle: \xe9\nrelated:\n---\n")


def test_the_files_of_a_real_site_are_the_same_when_their_blocks_are_put_back(real_site: Path):
    for file in sorted((real_site / "_news").glob("*.md"))[::8]:
        field = find_related(file.read_bytes())
        assert splice(field, field.block) == field.data
        emptied = splice(field, b"")
        assert (emptied == field.data) == (not field.block)
        assert splice(find_related(emptied), field.block) == field.data


def test_lists_that_are_indented_with_tabs_as_hexo_reads_them():
    before = page("title: A\ntags:\n\t- x\n\t- y\n")
    after = put(before)
    assert after == page(f"title: A\ntags:\n\t- x\n\t- y\n{BLOCK}")
    assert find_related(after.encode()).front.fields == {"title": "A", "tags": ["x", "y"]}
    assert put(after) == after
    assert take_out(after) == before


def test_tabs_and_blanks_in_one_block_are_not_guessed_at():
    assert "invalid YAML" in fault("title: A\ntags:\n\t- x\n  - y\n")
