"""Keys of URLs."""

from __future__ import annotations

from recommender.text import url_key

PLAIN = "site.example/a/b"


def test_spellings_of_one_address_share_a_key():
    for url, key in [
        (None, None),
        ("", None),
        ("  ", None),
        ("https://site.example/a/b", PLAIN),
        ("http://site.example/a/b", PLAIN),
        ("HTTPS://WWW.Site.Example/a/b", PLAIN),
        ("  https://site.example/a/b/ \n", PLAIN),
        ("//site.example/a/b", PLAIN),
        ("https://site.example:443/a/b", PLAIN),
        ("http://site.example:80/a/b", PLAIN),
        ("https://user@site.example/a/b", PLAIN),
        ("https://site.example/a/b#part", PLAIN),
        ("https://site.example/a/b?utm_source=x&utm_campaign=y", PLAIN),
        ("https://site.example/a/b/?fbclid=1#part", PLAIN),
        ("https://site.example/a/b?GCLID=1&mc_cid=2&mc_eid=3&ref_src=4", PLAIN),
        ("https://site.example", "site.example"),
        ("https://site.example/", "site.example"),
        ("https://site.example:8080/a/b", "site.example:8080/a/b"),
        ("https://site.example/A/b", "site.example/A/b"),
        ("https://site.example/a/b?id=7", f"{PLAIN}?id=7"),
        ("https://site.example/a/b?id=7&utm_medium=x", f"{PLAIN}?id=7"),
        ("https://site.example/a/b?b=1&a=2", f"{PLAIN}?b=1&a=2"),
        ("https://site.example/a b", "site.example/a%20b"),
        ("https://site.example/a%20b", "site.example/a%20b"),
        ("https://site.example/über", "site.example/%C3%BCber"),
        ("https://site.example/%c3%bcber/", "site.example/%C3%BCber"),
        ("no address", "no address"),
        ("site.example/a/b", "site.example/a/b"),
        ("https://[::1", "https://[::1"),
        ("https://site.example:port/a", "https://site.example:port/a"),
    ]:
        assert url_key(url) == key


def test_a_tracking_parameter_does_not_change_the_key():
    for query in [
        "q=b",
        "q=b+c",
        "empty=",
        "b=2&a=1",
        "q=b%20c",
        "flag",
        "q=%ff",
        "u=https://x/y",
        "a=1;b=2",
    ]:
        tracked = [f"{query}&utm_source=x", f"utm_source=x&{query}"]
        plain = url_key(f"https://site.example/a?{query}")
        assert [url_key(f"https://site.example/a?{each}") for each in tracked] == [plain, plain]
