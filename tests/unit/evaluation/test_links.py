"""Judgements from what authors link to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from recommender.article import Article
from recommender.evaluation.links import MAX_TARGETS, AuthorLinks, author_links


def article(name: str, body: str = "", url: str | None = "") -> Article:
    address = f"https://a.example/{name}/" if url == "" else url
    return Article.read({"id": f"posts/{name}", "title": name, "body": body, "webUrl": address})


def links_of(*articles: Article) -> AuthorLinks:
    return author_links(lambda: articles)


def others(count: int, body: str = "") -> Sequence[Article]:
    return [article(f"other-{number}", body) for number in range(count)]


@pytest.mark.parametrize(
    "target",
    [
        "https://a.example/b/",
        "http://www.a.example/b?utm_source=x#part",
        "/b/",
        "../b/",
        "b.md",
        "./b.md#part",
        "../posts/b.md",
        "/posts/b",
        "{% post_url b %}",
        "{% link posts/b.md %}",
        '{{< ref "posts/b.md" >}}',
        '{{< relref "b" >}}',
        '{{ "/b/" | url }}',
        "{{ site.baseurl }}/b/",
    ],
)
def test_a_link_is_resolved_however_it_is_written(target: str):
    found = links_of(article("a", f"[the other]({target})"), article("b"))
    assert found.related() == {"posts/a": {"posts/b": 1}, "posts/b": {"posts/a": 1}}


def test_where_no_address_is_known_the_name_of_the_page_counts():
    found = links_of(article("a", "[the other](/2020/01/b.html)", url=None), article("b", url=None))
    assert found.related() == {"posts/a": {"posts/b": 1}, "posts/b": {"posts/a": 1}}


@pytest.mark.parametrize(
    "target", ["https://b.example/b/", "/c/", "mailto:b", "#part", "", "https://[", "posts", "../../../x"]
)
def test_a_link_to_another_place_is_left_out(target: str):
    found = links_of(article("a", f"[the other]({target})"), article("b"))
    assert found.related() == {}


def test_what_says_nothing_is_left_out_and_counted():
    own, step = article("own", "[me](/own/)"), article("step", "[« Previous post](/own/) [Next](/own/)")
    index = article("index", " ".join(f"[x](/other-{number}/)" for number in range(MAX_TARGETS + 1)))
    common = others(40, "[about us](/own/)")
    found = links_of(own, step, index, *common)
    assert found.related() == {}
    assert found.articles == 43
    assert found.left_out() == [
        ("links of an article to itself", 1),
        ("links to the previous or the next page", 2),
        ("links to pages that many articles link to", 40),
        ("links of articles that list many others", MAX_TARGETS + 1),
    ]


def test_an_address_that_two_articles_have_leads_to_neither():
    found = links_of(article("a", "[x](/b/)"), article("b"), article("c", url="https://a.example/b/"))
    assert found.related() == {}


def test_an_article_is_asked_about_without_its_links_and_their_words():
    asked = article("a", "Before [secret words](/b/) and [kept](https://b.example/) after.")
    found = links_of(asked, article("b"))
    assert found.without_answers(asked).body == "Before  and [kept](https://b.example/) after."
    assert found.without_answers(article("b")) == article("b")
