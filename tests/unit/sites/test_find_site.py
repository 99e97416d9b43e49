"""Detection of the site in, around or below a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.config import SiteSettings
from recommender.errors import ConfigError, SourceError
from recommender.sites import GENERATORS, find_site, profile_class

ARTICLE = "---\ntitle: A\npublishedDateTime: 2021-04-16T20:54:00Z\nwebUrl: https://x.example/a\n---\n"


def kind(folder: Path, generator: str | None = None) -> str:
    return find_site(folder, SiteSettings(generator=generator)).profile.generator


@pytest.mark.parametrize(
    ("files", "generator"),
    [
        ({"a.md": "# A\n"}, "markdown"),
        ({"_news/a.md": ARTICLE, "_config.yml": "title: A\n"}, "everyday"),
        ({"_config.yml": "title: A\n", "_posts/2024-05-01-a.md": "---\ntitle: A\n---\n"}, "jekyll"),
        ({"hugo.toml": 'baseURL = "https://x.example"\n'}, "hugo"),
        ({"config.toml": 'base_url = "https://x.example"\n', "content/_index.md": ""}, "zola"),
        ({"mkdocs.yml": "site_name: A\n"}, "mkdocs"),
        ({"pelicanconf.py": "SITENAME = 'A'\n"}, "pelican"),
        ({"docusaurus.config.js": "module.exports = {}"}, "docusaurus"),
        ({"astro.config.mjs": "export default {}"}, "astro"),
    ],
)
def test_a_site_is_recognised_from_its_own_files(tmp_path: Path, files: dict[str, str], generator: str):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert kind(tmp_path) == generator


def test_every_generator_has_a_profile():
    assert [profile_class(name).generator for name in GENERATORS] == list(GENERATORS)


def test_a_generator_in_the_settings_is_not_detected(tmp_path: Path):
    (tmp_path / "hugo.toml").write_text("", encoding="utf-8")
    assert kind(tmp_path, " Markdown ") == "markdown"
    assert find_site(tmp_path, SiteSettings(generator="jekyll")).profile.evidence == "named in the settings"


def test_an_unknown_generator_is_refused_with_a_suggestion(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"site\.generator is 'jekyl'; expected one of everyday, ") as caught:
        kind(tmp_path, "jekyl")
    assert caught.value.hint == "did you mean jekyll?"


def test_unreadable_site_settings_are_an_error_unless_another_generator_is_named(tmp_path: Path):
    (tmp_path / "_config.yml").write_text("a: [\n", encoding="utf-8")
    with pytest.raises(SourceError, match="the site's settings cannot be read"):
        kind(tmp_path)
    assert kind(tmp_path, "markdown") == "markdown"


@pytest.mark.parametrize(
    ("folder", "inside", "below", "path", "in_site"),
    [
        (".", "", "", "_posts/a.md", "_posts/a.md"),
        ("_posts", "_posts/", "", "a.md", "_posts/a.md"),
        ("_posts/2024", "_posts/2024/", "", "a.md", "_posts/2024/a.md"),
        ("..", "", "site/", "site/_posts/a.md", "_posts/a.md"),
        ("..", "", "site/", "other/a.md", None),
    ],
)
def test_a_folder_inside_or_around_a_site_is_read_as_the_site(
    tmp_path: Path, folder: str, inside: str, below: str, path: str, in_site: str | None
):
    root = tmp_path / "site"
    (root / "_posts" / "2024").mkdir(parents=True)
    (root / "_config.yml").write_text("title: A\n", encoding="utf-8")
    found = find_site(root / folder)
    assert (found.profile.generator, found.inside, found.below) == ("jekyll", inside, below)
    assert found.path_in_site(path) == in_site


def test_folders_around_a_project_are_not_searched(tmp_path: Path):
    (tmp_path / "_config.yml").write_text("title: A\n", encoding="utf-8")
    (tmp_path / "project" / ".git").mkdir(parents=True)
    assert kind(tmp_path / "project") == "markdown"


def test_a_folder_that_a_site_skips_is_not_part_of_it(tmp_path: Path):
    (tmp_path / "_config.yml").write_text("title: A\n", encoding="utf-8")
    (tmp_path / "node_modules").mkdir()
    assert kind(tmp_path / "node_modules") == "markdown"
    assert find_site(tmp_path / "node_modules", near=False).profile.evidence == "no generator was recognised"
