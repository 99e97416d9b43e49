"""The related entry: the example's fields, in its order, and nothing that the article lacks."""

from __future__ import annotations

import json
from pathlib import Path

from recommender.article import Article
from recommender.entry import related_entry
from recommender.sources import ReadArticle, SiteFolder
from recommender.sources.syntaxes.yaml_front import find_related

STORY = {
    "id": "2021-04-12-plaintiffs",
    "category": "news",
    "title": "Plaintiffs seek preliminary injunction in Clearview AI privacy MDL",
    "excerpt": "The plaintiffs renew a push to bar the company from collecting data without consent.",
    "publishedDateTime": "2021-04-12T19:55:00Z",
    "originalUrl": "https://www.reuters.com/article/dataprivacy-clearview-idUSL1N2M52TL",
    "webUrl": "https://www.reuters.com/article/dataprivacy-clearview-idUSL1N2M52TL",
    "ampWebUrl": "https://mobile.reuters.com/article/amp/idUSL1N2M52TL",
    "cdnAmpWebUrl": "https://mobile-reuters-com.cdn.ampproject.org/c/s/mobile.reuters.com/article/amp/idUSL1N2M52TL",
    "type": "article",
    "quality": 67,
    "heat": 67,
    "published": False,
    "provider": {
        "name": "Reuters",
        "domain": "reuters.com",
        "images": [{"url": "https://site.example/reuters.png", "width": 100}],
    },
    "topics": ["Law"],
    "images": [{"url": "https://site.example/a.jpg", "title": "A face", "width": 640, "height": 260, "isCached": True}],
    "language": "en",
    "body": "The text.",
    "relatedRules": {"pinned": ["2021-04-16-aclu"], "time": "older"},
    "secured": "4ZGfoqRB==",
}

ENTRY = {
    "title": "Plaintiffs seek preliminary injunction in Clearview AI privacy MDL",
    "excerpt": "The plaintiffs renew a push to bar the company from collecting data without consent.",
    "publishedDateTime": "2021-04-12T19:55:00Z",
    "webUrl": "https://www.reuters.com/article/dataprivacy-clearview-idUSL1N2M52TL",
    "ampWebUrl": "https://mobile.reuters.com/article/amp/idUSL1N2M52TL",
    "cdnAmpWebUrl": "https://mobile-reuters-com.cdn.ampproject.org/c/s/mobile.reuters.com/article/amp/idUSL1N2M52TL",
    "type": "article",
    "provider": {"name": "Reuters", "domain": "reuters.com"},
    "quality": 67,
    "images": [{"url": "https://site.example/a.jpg", "width": 640, "height": 260, "isCached": True}],
}


def test_an_entry_has_the_examples_fields_in_its_order():
    # As text, since a comparison of dicts does not see their order.
    assert json.dumps(related_entry(Article.read(STORY))) == json.dumps(ENTRY)


def test_a_field_that_the_article_lacks_is_left_out():
    for key in [key for key in ENTRY if key != "title"]:
        fields = {name: value for name, value in STORY.items() if name != key}
        expected = {name: value for name, value in ENTRY.items() if name != key}
        assert related_entry(Article.read(fields)) == expected


def test_an_empty_provider_is_left_out():
    for empty in [None, "", [], {}]:
        fields = {"title": "T", "provider": empty} if empty != [] else {"title": "T", "provider": {"images": []}}
        assert related_entry(Article.read(fields)) == {"title": "T"}, empty


def test_an_empty_text_is_left_out():
    assert related_entry(Article.read({"title": "T", "type": "", "webUrl": ""})) == {"title": "T"}


def test_an_excerpt_that_is_there_and_empty_is_kept():
    assert related_entry(Article.read({"title": "T", "excerpt": ""})) == {"title": "T", "excerpt": ""}


def test_every_item_of_the_real_site_whose_article_is_there_is_the_entry_made_from_it(real_site: Path):
    """Where two files share an address, either may be meant."""
    articles: dict[str | None, list[Article]] = {}
    fields = [find_related(file.read_bytes()) for file in sorted((real_site / "_news").glob("*.md"))]
    for found in SiteFolder(real_site / "_news").scan({}):
        if isinstance(found, ReadArticle):
            articles.setdefault(found.article.web_url, []).append(found.article)
    checked = 0
    for field in fields:
        for item in field.value() or []:
            made = [related_entry(article, repair=False) for article in articles.get(item["webUrl"], [])]
            assert not made or json.dumps(item) in map(json.dumps, made)
            checked += bool(made)
    assert checked > 1000


def test_the_id_stands_last_where_it_is_asked_for():
    assert json.dumps(related_entry(Article.read(STORY), with_id=True)) == json.dumps({**ENTRY, "id": STORY["id"]})


def test_zero_and_false_are_values():
    article = Article.read({"title": "T", "quality": 0, "images": [{"url": "u", "width": 0, "isCached": False}]})
    assert related_entry(article) == {
        "title": "T",
        "quality": 0,
        "images": [{"url": "u", "width": 0, "isCached": False}],
    }


def test_a_provider_known_by_name_alone_has_no_domain():
    assert related_entry(Article.read({"title": "T", "provider": "Reuters"}))["provider"] == {"name": "Reuters"}


def test_every_image_is_in_the_entry():
    article = Article.read({"title": "T", "images": [{"url": "a"}, {"url": "b", "alt": "x"}]})
    assert related_entry(article)["images"] == [{"url": "a"}, {"url": "b"}]


def test_an_image_with_a_title_alone_is_left_out():
    assert related_entry(Article.read({"title": "T", "images": [{"title": "A face"}]})) == {"title": "T"}


def test_mojibake_is_repaired():
    article = Article.read(
        {
            "title": "Illinois residentsâ€™ data",
            "excerpt": "a caf\u00c3\u00a9",
            "provider": {"name": "Le Caf\u00c3\u00a9"},
        }
    )
    assert related_entry(article) == {
        "title": "Illinois residents’ data",
        "excerpt": "a café",
        "provider": {"name": "Le Café"},
    }


def test_mojibake_stays_when_no_repair_is_wanted():
    article = Article.read({"title": "residentsâ€™", "provider": {"name": "Caf\u00c3\u00a9"}})
    assert related_entry(article, repair=False) == {"title": "residentsâ€™", "provider": {"name": "Caf\u00c3\u00a9"}}


def test_a_text_that_is_no_mojibake_stays_as_its_author_wrote_it():
    for title in ["“Curly” – ﬁne", "AT&amp;T <b>wins</b>", "emoji 🎉 日本語", "two  spaces"]:
        assert related_entry(Article(title=title))["title"] == title, title


def test_a_date_is_written_in_utc():
    article = Article.read({"title": "T", "publishedDateTime": "2021-04-12 21:55 +02:00"})
    assert related_entry(article)["publishedDateTime"] == "2021-04-12T19:55:00Z"
