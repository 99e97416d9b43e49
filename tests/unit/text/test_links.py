"""Links in running text."""

from __future__ import annotations

import time

import pytest

from recommender.text.links import find_links, link_names, without_links


@pytest.mark.parametrize(
    ("body", "target", "words"),
    [
        ("See [the post](/a/b/) now.", "/a/b/", "the post"),
        ('See [it](../b.md "A title").', "../b.md", "it"),
        ("See [it](<a b.md>).", "a b.md", "it"),
        ("See [it]({% post_url 2020-01-02-a %}).", "{% post_url 2020-01-02-a %}", "it"),
        ('See [it]({{< ref "a.md" >}}).', '{{< ref "a.md" >}}', "it"),
        ("See [the post][1].\n\n[1]: https://a.example/x 'T'", "https://a.example/x", "the post"),
        ("See [the post][].\n\n[The post]: <https://a.example/x>", "https://a.example/x", "the post"),
        ('See <a class="x" href="/a/b">the <b>post</b></a>.', "/a/b", "the  post"),
        ("See `the post <../b.html>`_.", "../b.html", "the post"),
    ],
)
def test_a_link_is_found_and_taken_out_with_its_words(body: str, target: str, words: str):
    links = find_links(body)
    assert [(link.target, link.words) for link in links] == [(target, words)]
    left = without_links(body, links)
    assert left.startswith("See ")
    assert "post" not in left.partition("[")[0]


@pytest.mark.parametrize(
    "body",
    [
        "![a picture](/a.png)",
        "`[code](/a)`",
        "```\n[code](/a)\n```",
        "<pre>[code](/a)</pre>",
        "<!-- [comment](/a) -->",
        "[a note][^1]\n\n[^1]: a footnote",
        "[nothing][missing]",
        "[x] (/a)",
        "",
    ],
)
def test_what_is_no_link_of_the_text_is_not_found(body: str):
    assert find_links(body) == []


@pytest.mark.parametrize("text", ["[", "](", "[a](", "[a][", "<a href=", "`a <", "[[[[]", "<a ", "[a]:"])
def test_any_text_is_read_in_time(text: str):
    start = time.process_time()
    find_links("](href" + text * (100_000 // len(text)))
    assert time.process_time() - start < 10, "it is not linear"


# What a link may call an article.


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("b.md", "docs/guide/b"),
        ("../b/index.md#part", "docs/b"),
        ("/docs/b.html?x=1", "docs/b"),
        ("{% post_url 2020-01-02-b %}", "_posts/2020-01-02-b"),
        ('{{< relref "b.md" >}}', "docs/guide/b"),
        ('{{ "/docs/b/" | url }}', "docs/b"),
        ("{{ site.baseurl }}/docs/b", "docs/b"),
        ("b%20c.md", "docs/guide/b c"),
    ],
)
def test_a_link_may_name_the_path_of_an_article(target: str, path: str):
    assert path in link_names(target, "docs/guide/a", "https://x.example/a/").paths


def test_a_link_may_name_an_address_with_and_without_suffix():
    names = link_names("b.html#part", "a", "https://x.example/a")
    assert names.addresses == [
        "https://x.example/b.html",
        "https://x.example/b",
        "https://x.example/a/b.html",
        "https://x.example/a/b",
    ]
    assert not names.by_name


def test_another_site_is_an_address_only():
    assert link_names("https://y.example/b.md", "a", "https://x.example/a").paths == []


@pytest.mark.parametrize("target", ["#part", "?x", ""])
def test_what_leads_nowhere_names_nothing(target: str):
    assert link_names(target, "a", None) == ([], [], False)
