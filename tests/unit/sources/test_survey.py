"""Survey statistics: origins of fields, and advice."""

from __future__ import annotations

import json
from pathlib import Path

from recommender.article import Article, LostValue
from recommender.config import Settings
from recommender.errors import InputError
from recommender.sources import FileState, Found, ReadArticle, SiteFolder, Skipped, Unchanged, Unreadable
from recommender.sources.survey import Survey


def survey_of(folder: Path, **sections: object) -> Survey:
    survey = Survey()
    for found in SiteFolder(folder, Settings.parse(sections)).scan({}):
        survey.add(found)
    return survey


def write(folder: Path, **pages: str) -> None:
    for name, fields in pages.items():
        (folder / f"{name}.md").write_text(f"---\ntitle: {name}\n{fields}\n---\nText.\n")


def test_a_key_is_named_once_however_it_is_combined(tmp_path: Path) -> None:
    write(tmp_path, a="tags: [x]\ncategories: [y]", b="categories: [y]", c="tags: [z]")
    assert dict(survey_of(tmp_path).fields["topics"].origins) == {"tags": 2, "categories": 2}


def test_a_pattern_is_advised_only_where_most_articles_have_no_address(tmp_path: Path) -> None:
    write(tmp_path, a="date: 2021-04-16", b="date: 2021-04-17", c="date: 2021-04-18", d="")
    assert "{path}" in survey_of(tmp_path).advice()[0].hint
    advice = survey_of(tmp_path, site={"url": "https://x.example/{year}/{name}/"}).advice()[0]
    assert advice.what == "1 of 4 articles have no address, so nothing can link to them: d.md"
    assert "{path}" not in advice.hint


def test_where_nothing_is_an_article_it_says_what_to_do(tmp_path: Path) -> None:
    assert "generator" in survey_of(tmp_path).advice()[0].hint
    assert survey_of(tmp_path).advice(hosts=False) == []


def read(name: str = "a", *lost: LostValue, origins: dict[str, str] | None = None, **fields: object) -> ReadArticle:
    article = Article.read({"id": name, "title": name, **fields})
    return ReadArticle(article, f"site/{name}.md", f"{name}.md", FileState(0, 0, 0, 0), lost, origins or {})


def surveyed(*found: Found) -> Survey:
    survey = Survey()
    assert list(survey.watch(found)) == list(found)
    return survey


def test_everything_that_was_found_is_counted():
    broken = InputError("broken")
    survey = surveyed(
        read(), Unchanged("b.md"), Unreadable(broken, "c.md"), *(Skipped(f"{n}.md", "draft") for n in "defg")
    )
    assert (survey.articles, survey.unreadable) == (1, [broken])
    assert (survey.skipped, survey.skipped_examples) == ({"draft": 4}, {"draft": ["d.md", "e.md", "f.md"]})
    assert survey.passed_over() == "4 draft"


def test_each_field_says_how_many_have_it_and_from_where():
    survey = surveyed(
        read("a", origins={"topics": "tags"}, topics=["x", "y"], publishedDateTime="2024-05-06", body="word " * 50),
        read("b", origins={"topics": "tags"}, topics=["x", "y"]),
        read("c", topics=["z"], images=[{"url": "https://x.example/a.jpg"}]),
    )
    topics = survey.fields["topics"]
    assert (topics.count, topics.origins, topics.examples) == (3, {"tags": 2, "topics": 1}, ["x, y", "z"])
    assert survey.fields["published"].examples == ["2024-05-06"]
    assert survey.fields["published"].origins == {"publishedDateTime": 1}
    assert len(survey.fields["body"].examples[0]) == 59
    assert [survey.missing(name) for name in ("title", "published", "images", "url")] == [0, 2, 2, 3]
    assert survey.without_text == 2


def test_values_that_were_lost_are_counted_by_their_kind():
    bad = [LostValue(f"tags.{place}", "null", "a name") for place in range(3)]
    survey = surveyed(read("a", *bad), read("b", bad[0], LostValue("date", '"soon"', "a date")))
    assert survey.notes() == [
        "4 values of tags could not be read and are left out: tags.0 is null in site/a.md; expected a name",
        '1 value of date could not be read and is left out: date is "soon" in site/b.md; expected a date',
    ]


def test_languages_are_those_that_are_said_and_those_that_are_found():
    survey = surveyed(read("a", language="de-AT"), read("b", language="DE"), read("c", excerpt="Some words."))
    assert survey.languages == {"de": 2}
    survey.detect_languages(lambda text: "en" if text == "c. Some words. " else None)
    assert survey.languages == {"de": 2, "en": 1}
    survey.detect_languages(lambda text: "fr")
    assert "fr" not in survey.languages


WHOLE = {"webUrl": "https://x.example/a", "publishedDateTime": "2024-05-06", "topics": ["x"], "excerpt": "E"}


def test_what_makes_answers_worse_is_said_with_what_to_do():
    for fields, known, advised in [
        (WHOLE, None, []),
        ({**WHOLE, "webUrl": "/a"}, None, ["names its host"]),
        ({**WHOLE, "publishedDateTime": None, "topics": None}, None, ["no date", "no topics"]),
        ({**WHOLE, "webUrl": None, "excerpt": None}, None, ["no address", "only titles can be compared"]),
        ({**WHOLE, "language": "fi"}, ["en"], ["the model does not know the language of 1 articles: fi (1)"]),
        ({**WHOLE, "language": "fi"}, ["fi"], []),
    ]:
        advice = surveyed(read("a", **fields)).advice(known)
        assert len(advice) == len(advised), (fields, known)
        for each, expected in zip(advice, advised, strict=True):
            assert expected in each.what, (fields, known)
            assert each.hint, (fields, known)


def test_a_survey_is_json():
    survey = surveyed(read("a", LostValue("date", "1", "a date"), topics=["x"]), Skipped("b.md", "draft"))
    found = json.loads(json.dumps(survey.to_json()))
    assert found["articles"] == 1
    assert found["passedOver"] == {"draft": {"count": 1, "examples": ["b.md"]}}
    assert found["fields"]["topics"] == {"count": 1, "from": {"topics": 1}, "examples": ["x"]}
    assert found["lost"] == [{"field": "date", "expected": "a date", "count": 1, "example": "date is 1 in site/a.md"}]
