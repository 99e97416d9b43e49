"""`related inspect` as it is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.building import put, put_lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site of which something of every kind can be said."""
    site = tmp_path / "site"
    put(site / "_posts" / "2024-05-01-mill.md", "The old mill", "It stands by the water.\n", tags=["history", None])
    put(site / "_posts" / "2024-05-02-tide.md", "Low tide", "The boats lie on the sand.\n", quality="high", lang="en")
    put(site / "_posts" / "2024-05-03-later.md", "Not yet", draft=True)
    put(site / "README.md", "Read me")
    (site / "_config.yml").write_text("url: https://x.example\n", encoding="utf-8")
    return site


def test_it_says_what_a_site_is_and_what_is_read_of_it(related, folder: Path, tmp_path: Path):
    before = sorted(folder.rglob("*"))
    done = related("inspect", "site", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[:2] == ["site: jekyll (_config.yml)", "2 articles"]
    for expected in (
        "1 draft _posts/2024-05-03-later.md",
        "2 title from title The old mill | Low tide",
        "2 published from file name 2024-05-01 | 2024-05-02",
        "1 topics from tags history",
        "2 url from generator https://x.example/2024/05/01/mill.html | https://x.example/2024/05/02/tide.html",
        "en 2",
    ):
        assert expected in lines
    lost = [line for line in lines if "could not be read" in line]
    assert [line.split(" could")[0] for line in lost] == ["1 value of tags", "1 value of quality"]
    assert sorted(folder.rglob("*")) == before


def test_it_says_the_same_as_json(related, folder: Path):
    done = related("inspect", folder, "--format", "json")
    found = json.loads(done.stdout)
    assert {name: found[name] for name in ("kind", "generator", "recognisedBy", "base", "articles")} == {
        "kind": "folder",
        "generator": "jekyll",
        "recognisedBy": "_config.yml",
        "base": "https://x.example",
        "articles": 2,
    }
    assert found["passedOver"]["draft"] == {"count": 1, "examples": ["_posts/2024-05-03-later.md"]}
    assert found["fields"]["topics"] == {"count": 1, "from": {"tags": 1}, "examples": ["history"]}
    assert [lost["field"] for lost in found["lost"]] == ["tags", "quality"]


def test_settings_say_how_a_site_is_read(related, folder: Path, tmp_path: Path):
    (folder / "related.toml").write_text('[site]\ngenerator = "markdown"\n', encoding="utf-8")
    assert related("inspect", folder).stdout.splitlines()[0] == f"{folder}: markdown (named in the settings)"
    config = tmp_path / "other.toml"
    config.write_text('[site]\ndrafts = "show"\n', encoding="utf-8")
    assert "3 articles" in related("inspect", folder, "--config", config).stdout.splitlines()


def test_a_few_articles_are_enough_where_that_is_asked_for(related, tmp_path: Path):
    put_lines(tmp_path / "a.jsonl", *({"id": str(number), "title": "T"} for number in range(9)))
    done = related("inspect", "a.jsonl", "--limit", 4, cwd=tmp_path)
    assert done.stdout.splitlines()[:2] == ["a.jsonl: json lines (one JSON object a line)", "4 articles"]


def test_a_snippet_is_what_a_template_needs(related, folder: Path):
    done = related("inspect", folder, "--snippet")
    assert done.returncode == 0
    assert "page.related" in done.stdout
    assert "--into" in done.stdout


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("---\ntitle: T\ndraft: true\n---\n", 1, "there is no article that readers may see"),
        ("---\ntitle: [\n---\n", 3, "could not be read: "),
    ],
)
def test_a_site_that_gives_no_article_is_no_success(related, tmp_path: Path, text: str, code: int, said: str):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a.md").write_text(text, encoding="utf-8")
    done = related("inspect", tmp_path / "site")
    assert done.returncode == code
    assert said in done.stdout


def test_a_place_with_nothing_there_is_one_line(related, tmp_path: Path):
    done = related("inspect", "nowhere", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: nowhere: there is no such file or folder (hint: check the SOURCE path)\n"
