"""Links in running text."""

from __future__ import annotations

import time

import pytest

from recommender.text.links import find_links, without_links


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
