"""What becomes of a path where a site is served."""

from __future__ import annotations

import pytest

from recommender.sites.addresses import fields_of, fill, is_absolute, join, slugify, split_base


def test_a_path_is_put_below_a_base():
    for base, path, address in [
        ("https://x.example", "/a/b/", "https://x.example/a/b/"),
        ("https://x.example/", "a", "https://x.example/a"),
        ("https://x.example/blog/", "/a", "https://x.example/blog/a"),
        ("/blog", "a.html", "/blog/a.html"),
        ("", "a/", "/a/"),
        ("", "", "/"),
        ("https://x.example", "ä b/c?d=e#f", "https://x.example/%C3%A4%20b/c?d=e#f"),
        ("https://x.example", "already%20done", "https://x.example/already%20done"),
        ("https://x.example", "https://y.example/é", "https://y.example/%C3%A9"),
        ("https://x.example", "//y.example/a", "//y.example/a"),
        ("", "https://größe.example/ä?b=c", "https://größe.example/%C3%A4?b=c"),
    ]:
        assert join(base, path) == address


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://x.example", True),
        ("//x.example/a", True),
        ("HTTP://x", True),
        ("/a", False),
        ("a:b", False),
        ("", False),
    ],
)
def test_an_address_that_names_its_host_is_told_from_a_path(address: str, expected: bool):
    assert is_absolute(address) is expected


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://x.example/blog/", "https://x.example", "/blog"),
        (" https://x.example ", "https://x.example", ""),
        ("/blog/", "", "/blog"),
        ("", "", ""),
    ],
)
def test_a_base_is_a_host_and_a_path(url: str, host: str, path: str):
    assert split_base(url) == (host, path)


def test_a_pattern_is_filled_in_once_every_field_has_a_value():
    pattern = "https://x.example/{year}/{slug}/"
    assert fields_of(pattern) == {"year", "slug"}
    assert fill(pattern, {"year": "2021", "slug": "a-{b}"}) == "https://x.example/2021/a-{b}/"
    assert fill(pattern, {"year": "", "slug": "a"}) is fill(pattern, {"slug": "a"}) is None


@pytest.mark.parametrize(
    ("text", "slug"),
    [("Über uns!", "über-uns"), ("a_b--c", "a-b-c"), ("日本 2024", "日本-2024"), ("U\u0308", "ü"), ("…", "")],
)
def test_a_slug_is_letters_and_digits_of_any_language(text: str, slug: str):
    assert slugify(text) == slug
