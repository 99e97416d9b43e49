"""Joining, filling in and encoding addresses."""

from __future__ import annotations

from recommender.sites.addresses import fields_of, fill, is_absolute, join, slugify, split_base


def test_a_path_is_joined_to_a_base():
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
        assert join(base, path) == address, path


def test_an_absolute_url_is_distinguished_from_a_path():
    for address, expected in [
        ("https://x.example", True),
        ("//x.example/a", True),
        ("HTTP://x", True),
        ("/a", False),
        ("a:b", False),
        ("", False),
    ]:
        assert is_absolute(address) is expected, address


def test_a_base_is_split_into_host_and_path():
    for url, host, path in [
        ("https://x.example/blog/", "https://x.example", "/blog"),
        (" https://x.example ", "https://x.example", ""),
        ("/blog/", "", "/blog"),
        ("", "", ""),
    ]:
        assert split_base(url) == (host, path), url


def test_a_pattern_is_filled_in_if_every_field_has_a_value():
    pattern = "https://x.example/{year}/{slug}/"
    assert fields_of(pattern) == {"year", "slug"}
    assert fill(pattern, {"year": "2021", "slug": "a-{b}"}) == "https://x.example/2021/a-{b}/"
    assert fill(pattern, {"year": "", "slug": "a"}) is fill(pattern, {"slug": "a"}) is None


def test_a_slug_has_letters_and_digits_of_any_script():
    for text, slug in [
        ("Über uns!", "über-uns"),
        ("a_b--c", "a-b-c"),
        ("日本 2024", "日本-2024"),
        ("U\u0308", "ü"),
        ("…", ""),
    ]:
        assert slugify(text) == slug, text
