"""YAML mappings: types of values, and refusal of unsafe input."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from itertools import product

import pytest

from recommender.errors import FrontMatterError
from recommender.sources.yaml_mapping import MAX_DEPTH, MAX_VALUES, read_yaml_mapping


def read(text: str) -> dict[str, object]:
    return read_yaml_mapping(text)[0]


def fault(text: str) -> FrontMatterError:
    with pytest.raises(FrontMatterError) as caught:
        read_yaml_mapping(text)
    return caught.value


def test_nothing_is_an_empty_mapping():
    for text in ["", "\n\n", "# only a comment\n"]:
        assert read_yaml_mapping(text) == ({}, {}), text


def test_the_line_of_each_key_is_told_from_zero():
    text = "title: A\n\n# comment\nexcerpt: |\n  one\n  two\nheat: 3\n"
    offsets = read_yaml_mapping(text)[1]
    assert {key: text.count("\n", 0, offset) for key, offset in offsets.items()} == {
        "title": 0,
        "excerpt": 3,
        "heat": 6,
    }


def test_a_value_of_an_unknown_key_has_the_kind_that_yaml_gives_it():
    for yaml, value in [
        ("word", "word"),
        ("two words", "two words"),
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("No", False),
        ("7", 7),
        ("-1", -1),
        ("1_000", 1000),
        ("2.5", 2.5),
        ("'7'", "7"),
        ('"true"', "true"),
        ("2021-04-16", "2021-04-16"),
        ("2021-04-16T20:54:00Z", "2021-04-16T20:54:00Z"),
        ("2021-04-16 20:54:00 +02:00", "2021-04-16 20:54:00 +02:00"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("!!timestamp 2021-04-16", "2021-04-16"),
        ("[a, 1, [b]]", ["a", 1, ["b"]]),
        ("{a: 1, b: {c: d}}", {"a": 1, "b": {"c": "d"}}),
        ('"a\\u2028b\\n"', "a\u2028b\n"),
        ("🎉 日本語", "🎉 日本語"),
    ]:
        found = read(f"layout: {yaml}\n")["layout"]
        assert found == value, yaml
        assert type(found) is type(value), yaml


def test_a_text_field_is_what_it_shows():
    for key, shown in product(["title", "language"], ["1.10", "No", "2020", "0x1F", "1_000", "yes", ".inf", "12:30"]):
        assert read(f"{key}: {shown}\n") == {key: shown}, (shown, key)


def test_a_text_field_keeps_what_is_no_number():
    for shown in ["2021-04-16", "1e3", "12:30:00Z", "a"]:
        assert read(f"title: {shown}\n") == {"title": shown}, shown


def test_the_texts_inside_topics_providers_and_images_are_what_they_show():
    found = read("topics: [No, 2020]\nprovider:\n  name: 2600\n  domain: 1.10\nimages:\n  - url: 007\n    width: 640\n")
    assert found == {
        "topics": ["No", "2020"],
        "provider": {"name": "2600", "domain": "1.10"},
        "images": [{"url": "007", "width": 640}],
    }


def test_a_text_field_without_a_value_is_null():
    assert read("title:\nexcerpt: ~\n") == {"title": None, "excerpt": None}


def test_an_equals_sign_is_a_text():
    assert read("separator: =\n") == {"separator": "="}


def test_keys_are_texts_as_they_stand():
    assert read("1: a\nno: b\n'x y': c\n~: d\n") == {"1": "a", "no": "b", "x y": "c", "~": "d"}


def test_a_repeated_key_is_refused_with_its_line():
    for text, line in [
        ("title: A\ntitle: B\n", 3),
        ("title: A\n'title': B\n", 3),
        ("a:\n  b: 1\n  b: 2\n", 4),
        ("a: {b: 1, b: 2}\n", 2),
    ]:
        error = fault(text)
        assert error.where == f"line {line}", text
        assert "is repeated" in error.what, text


def test_what_is_no_mapping_of_fields_is_refused():
    for text, where, what in [
        ("just a text\n", "line 2", "the front matter is not a mapping"),
        ("- a\n- b\n", "line 2", "the front matter is not a mapping"),
        ("\n\n[a]\n", "line 4", "the front matter is not a mapping"),
        ("? [a]\n: b\n", "line 2", "a key is not a text"),
        ("a: 1\n{b: c}: d\n", "line 3", "a key is not a text"),
        ("a: 1\nb: !!int soon\n", "line 3", "'soon' is not a valid int"),
        ("a: !!float soon\n", "line 2", "'soon' is not a valid float"),
        ("a: !!bool soon\n", "line 2", "'soon' is not a valid bool"),
        ("a: !!int ''\n", "line 2", "'' is not a valid int"),
        ("a: 1\nb:\n  <<: 5\n", "line 4", "<< refers to a value that is not a mapping"),
        ("<<: [{a: 1}, x]\n", "line 2", "<< refers to a value that is not a mapping"),
    ]:
        error = fault(text)
        assert (error.where, error.what) == (where, what), text
        assert error.expected, text


def test_invalid_yaml_is_refused_with_its_line():
    for text, line, problem in [
        ("a: 1\nb: *nowhere\n", 3, "undefined alias"),
        ("a: 1\nb: [1, 2\nc: 3\n", 4, "flow sequence"),
        ("a: b: c\n", 2, "mapping values are not allowed"),
        ("provider:\n\tname: A\n", 3, "cannot start any token"),
        ('a: "x\\q"\n', 2, "unknown escape"),
        ("a: 1\nloose\nb: 2\n", 4, "could not find expected ':'"),
        ("a: 1\n--- x\n", 3, "another document"),
        ("a: @x\n", 2, "cannot start any token"),
    ]:
        error = fault(text)
        assert error.where == f"line {line}", text
        assert error.what.startswith("invalid YAML: "), text
        assert problem in error.what, text


def test_a_character_that_yaml_does_not_allow_is_refused():
    for char in ["\x00", "\x07", "\x7f", "\x9b", "\ufffe"]:
        assert fault(f"a: 1\nb: x{char}y\n").what.startswith("invalid YAML: "), char


def test_a_character_that_yaml_does_not_allow_is_refused_with_its_line():
    assert fault("a: e\nb: x\x07y\nc: 1\n").where == "line 3"


def test_the_line_of_a_character_is_told_after_characters_of_several_bytes():
    assert fault(f"a: {'é' * 50}\nb: x\x07y\nc: 1\nd: {'e' * 50}\n").where == "line 3"


def test_a_tag_is_refused():
    for value in [
        "!!python/object/apply:os.system ['exit 1']",
        "!!python/object:recommender.article.Article {title: x}",
        "!!python/name:os.system",
        "!!python/tuple [1]",
        "!!binary aGVsbG8=",
        "!!set {a, b}",
        "!!omap [a: 1]",
        "!own x",
        "!own [x]",
        "!own {x: y}",
        "!!str [x]",
        "!!map [x]",
        "!!seq {x: y}",
    ]:
        error = fault(f"a: 1\nb: {value}\n")
        assert error.where == "line 3", value
        assert error.what.startswith("the tag "), value


def test_an_alias_stands_for_its_anchor():
    assert read("a: &x [1, b]\nc: *x\n") == {"a": [1, "b"], "c": [1, "b"]}


def test_a_merge_key_adds_what_the_mapping_lacks():
    assert read("base: &b {x: 1, y: 2}\nown:\n  y: 3\n  <<: *b\n")["own"] == {"x": 1, "y": 3}


def test_of_several_merged_mappings_the_first_counts():
    found = read("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nown:\n  <<: [*a, *b]\n  z: 3\n")
    assert found["own"] == {"x": 1, "y": 2, "z": 3}


def test_a_merge_key_at_the_top_gives_fields():
    assert read("<<: {title: Merged, heat: 1}\nheat: 2\n") == {"title": "Merged", "heat": 2}


def test_a_quoted_merge_sign_is_a_key():
    assert read("'<<': 5\n") == {"<<": 5}


def nested(depth: int) -> str:
    return "a: " + "[" * depth + "]" * depth + "\n"


def test_values_are_nested_as_deep_as_the_limit():
    assert read(nested(MAX_DEPTH))["a"] is not None


def test_values_nested_deeper_are_refused():
    for depth in [MAX_DEPTH + 1, 1000, 1001, 100_000]:
        assert f"nested more than {MAX_DEPTH} deep" in fault(nested(depth)).what, depth


def test_a_hundred_thousand_open_brackets_are_refused():
    for text in ["a: " + "[" * 100_000, "a: " + "{b: " * 100_000, "a: " + "[{b: " * 50_000]:
        assert f"nested more than {MAX_DEPTH} deep" in fault(text).what, text


def test_many_brackets_side_by_side_are_no_depth():
    assert len(read("a: [" + "[], " * 2000 + "]\n")["a"]) == 2000  # type: ignore[arg-type]


def test_many_brackets_in_a_text_are_no_depth():
    assert read("title: '" + "[" * 900 + "'\n") == {"title": "[" * 900}


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("'a: ' + '[' * 100_000", id="brackets"),
        pytest.param("""'a: "' + ']' * 200_000 + '"\\nb: ' + '[' * 100_000""", id="closed in a text before"),
        pytest.param("""'a: ' + '["]",' * 100_000""", id="closed in a text inside"),
        pytest.param("'a:\\n' + '- ' * 100_000 + 'x'", id="dashes"),
        pytest.param("'a:\\n  ' + '? ' * 100_000 + 'x'", id="question marks"),
    ],
)
def test_no_depth_ends_the_process(expression: str):
    # In a process of its own, for it is the process that would end.
    code = f"""
from recommender.errors import FrontMatterError
from recommender.sources.yaml_mapping import read_yaml_mapping
try:
    read_yaml_mapping({expression})
except FrontMatterError:
    print("refused")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "refused\n")


def test_an_alias_that_holds_itself_is_refused():
    for text in ["a: &a [*a]\n", "a: &a {b: *a}\n", "&top\na: *top\n", "a: &a\n  <<: *a\n", "a: &a [{b: [*a]}]\n"]:
        assert "or an alias contains itself" in fault(text).what, text


def test_aliases_that_multiply_are_refused_before_they_fill_the_memory():
    for first, link in [
        ("[x, x, x, x, x, x, x, x, x, x]", "[{0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}]"),
        ("{k: x}", "{{a: {0}, b: {0}, c: {0}, <<: [{0}, {0}, {0}, {0}]}}"),
    ]:
        levels = [f"a0: &a0 {first}", *(f"a{n}: &a{n} {link.format(f'*a{n - 1}')}" for n in range(1, 20))]
        text = "\n".join(levels)
        tracemalloc.start()
        try:
            error = fault(text)
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert f"more than {MAX_VALUES:,} values" in error.what, link
        assert peak_bytes < 100_000_000, link


def test_a_long_text_that_aliases_multiply_is_refused():
    # Read, it is one text in memory; written out as JSON it would be two gigabytes.
    with pytest.raises(FrontMatterError):
        read_yaml_mapping(f"a: &a {'x' * 100_000}\nb: [{'*a, ' * 20_000}]\n")


def test_a_long_key_that_aliases_multiply_is_refused():
    with pytest.raises(FrontMatterError):
        read_yaml_mapping(f"a: &a {{? {'k' * 100_000} : 1}}\nb: [{'*a, ' * 20_000}]\n")


def test_a_number_of_very_many_digits_is_refused():
    assert "is not a valid int" in fault(f"a: {'9' * 5000}\n").what
