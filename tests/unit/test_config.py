"""Settings: defaults, ranges, unknown names, files that are none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from recommender.config import (
    EncoderSettings,
    FieldSettings,
    RankingSettings,
    RuleSettings,
    Settings,
    SiteSettings,
    SourceSettings,
    TextSettings,
)
from recommender.errors import ConfigError


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "related.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(values: dict[str, object]) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        Settings.parse(values)
    return caught.value


def test_an_empty_file_gives_the_defaults(tmp_path: Path):
    assert Settings.read(write(tmp_path, "")) == Settings()


def test_the_defaults():
    settings = Settings()
    assert settings.encoder == EncoderSettings(
        model="default", query_prompt=None, passage_prompt=None, device=None, backend="torch"
    )
    assert settings.text == TextSettings(excerpt_chars=2000, body_chars=1000, searched_chars=20_000, language="auto")
    assert settings.sources == SourceSettings(include=None, exclude=(), max_file_bytes=10_485_760)
    assert settings.site == SiteSettings(
        generator=None, url=None, drafts="hide", language=None, requests_per_second=2.0
    )
    assert not any(settings.fields.model_dump().values())


def test_by_default_a_list_is_the_most_related_above_a_minimum_that_the_collections_size_sets():
    ranking = Settings().ranking
    assert (ranking.min_score, ranking.diversity, ranking.max_per_provider) == (None, 0.0, 0)


def test_by_default_no_rule_leaves_anything_out():
    assert Settings().rules == RuleSettings(
        time="both",
        max_days_older=None,
        max_days_newer=None,
        language="auto",
        topics=(),
        min_quality=None,
        blocked=(),
        blocked_providers=(),
        blocked_topics=(),
        pinned={},
    )


def test_a_file_sets_rules(tmp_path: Path):
    path = write(
        tmp_path,
        """
        [rules]
        time = "older"
        max_days_older = 30
        language = "same"
        topics = ["AI"]
        min_quality = 10
        blocked = ["a", "https://site.example/b"]
        blocked_providers = ["Acme"]
        blocked_topics = ["Law"]

        [rules.pinned]
        "https://site.example/front" = ["c", "d"]
        """,
    )
    assert Settings.read(path).rules == RuleSettings(
        time="older",
        max_days_older=30.0,
        language="same",
        topics=("AI",),
        min_quality=10.0,
        blocked=("a", "https://site.example/b"),
        blocked_providers=("Acme",),
        blocked_topics=("Law",),
        pinned={"https://site.example/front": ("c", "d")},
    )


def test_a_file_sets_what_it_names_and_nothing_else(tmp_path: Path):
    path = write(tmp_path, '[ranking]\ncosine = 2\n\n[sources]\nexclude = ["drafts/*"]\n')
    settings = Settings.read(path)
    assert settings == Settings(ranking=RankingSettings(cosine=2.0), sources=SourceSettings(exclude=("drafts/*",)))


def test_a_file_says_what_kind_of_site_it_is_and_where_fields_are(tmp_path: Path):
    path = write(
        tmp_path,
        """
        [site]
        generator = "hugo"
        url = "https://site.example/{year}/{slug}/"
        drafts = "show"

        [fields]
        published = ["date", "meta.created"]
        title = "headline"
        """,
    )
    settings = Settings.read(path)
    assert settings.site == SiteSettings(generator="hugo", url="https://site.example/{year}/{slug}/", drafts="show")
    assert settings.fields == FieldSettings(published=("date", "meta.created"), title=("headline",))


def test_a_byte_order_mark_is_passed_over(tmp_path: Path):
    path = write(tmp_path, "\ufeff[text]\nbody_chars = 5\n")
    assert Settings.read(path).text.body_chars == 5


def test_settings_can_not_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Settings().ranking.cosine = 2.0  # type: ignore[misc]


def test_an_unknown_setting_is_named_with_the_one_that_is_meant():
    for values, name, meant in [
        ({"ranking": {"cosin": 1}}, "ranking.cosin", "did you mean ranking.cosine? "),
        ({"rank": {"cosine": 1}}, "rank", "did you mean ranking? "),
        ({"cosine": 1}, "cosine", "did you mean ranking.cosine? "),
        ({"rules": {"pined": {}}}, "rules.pined", "did you mean rules.pinned? "),
        ({"sources": {"drafts": "show"}}, "sources.drafts", "did you mean site.drafts? "),
        ({"zzz": 1}, "zzz", ""),
    ]:
        error = refused(values)
        assert str(error) == f"settings: unknown setting {name}", values
        assert error.hint is not None, values
        assert error.hint.startswith(f"{meant}known settings: encoder.model, "), values
        assert "ranking.cosine" in error.hint, values
        assert "rules.blocked_topics" in error.hint, values


def test_a_value_out_of_range_is_named_with_what_it_was():
    for section, name, value in [
        ("encoder", "max_seq_length", 7),
        ("encoder", "max_seq_length", 32769),
        ("encoder", "model", 5),
        ("text", "excerpt_chars", -1),
        ("text", "body_chars", 100_001),
        ("ranking", "cosine", -0.1),
        ("ranking", "text", 100.5),
        ("ranking", "title", float("inf")),
        ("ranking", "closeness", float("nan")),
        ("ranking", "time_scale_days", 0),
        ("ranking", "time_scale_days", float("nan")),
        ("ranking", "candidates", 9),
        ("ranking", "candidates", 10.5),
        ("ranking", "min_score", 1.01),
        ("ranking", "min_score", float("nan")),
        ("ranking", "min_score", -0.1),
        ("ranking", "hubs", -0.1),
        ("ranking", "hubs", 101),
        ("ranking", "diversity", -0.1),
        ("ranking", "diversity", 1.1),
        ("ranking", "max_per_provider", -1),
        ("ranking", "max_per_provider", 1001),
        ("rules", "time", "later"),
        ("rules", "max_days_older", -1),
        ("rules", "max_days_older", 36_501),
        ("rules", "max_days_newer", float("nan")),
        ("rules", "max_days_newer", "soon"),
        ("rules", "language", "en"),
        ("rules", "topics", "AI"),
        ("rules", "topics", [""]),
        ("rules", "min_quality", float("inf")),
        ("rules", "min_quality", "high"),
        ("rules", "blocked", "a"),
        ("rules", "blocked_providers", [5]),
        ("rules", "blocked_topics", [""]),
        ("rules", "pinned", ["a"]),
        ("rules", "pinned", {"a": "b"}),
        ("rules", "pinned", {"a": [""]}),
        ("sources", "max_file_bytes", 1023),
        ("sources", "include", "*.md"),
        ("sources", "exclude", [5]),
    ]:
        message = str(refused({section: {name: value}}))
        assert message.startswith(f"settings: {section}.{name}"), (name, value)
        assert "\n" not in message, (name, value)


def test_a_pattern_of_addresses_is_checked():
    for url, why in [
        ("https://x.example/{yeer}/{slug}/", "unknown field {yeer}; expected one of {path}, "),
        ("https://x.example/{yeer}/{slug}/", "; did you mean {year}?"),
        ("https://x.example/{}/", "unknown field {}"),
        ("https://x.example/{slug/", "brace"),
        ("https://x.example/slug}/", "brace"),
        ("x.example", "https://"),
    ]:
        assert why in str(refused({"site": {"url": url}})), (url, why)


def test_a_base_or_a_pattern_may_be_an_address():
    for url in ["https://x.example", "/news", "http://x.example/{section}/{name}.html"]:
        assert Settings.parse({"site": {"url": url}}).site.url == url, url


def test_a_section_that_is_no_table_is_refused():
    assert str(refused({"ranking": 5})).startswith("settings: ranking is 5: ")


def test_an_error_names_the_file(tmp_path: Path):
    path = write(tmp_path, "[ranking]\nmin_score = 2\n")
    with pytest.raises(ConfigError) as caught:
        Settings.read(path)
    assert caught.value.where == str(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[ranking\ncosine = 1", "line 1"),
        (b"a = 1\na = 2\n", "line 2"),
        (b'[encoder]\nmodel = "caf\xe9"\n', "codec"),
    ],
)
def test_a_broken_file_is_refused_with_the_reason(tmp_path: Path, content: bytes, reason: str):
    path = write(tmp_path, content)
    with pytest.raises(ConfigError, match="the settings cannot be read: ") as caught:
        Settings.read(path)
    assert reason in caught.value.what
    assert (caught.value.where, caught.value.expected) == (str(path), "a TOML file in UTF-8")


def test_a_file_nested_very_deep_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError):
        Settings.read(write(tmp_path, "a = " + "[" * 100_000))


def test_a_missing_file_is_refused(tmp_path: Path):
    path = tmp_path / "none.toml"
    with pytest.raises(ConfigError, match="the settings cannot be read: No such file or directory"):
        Settings.read(path)


def test_a_minimum_of_none_is_nobodys_choice():
    assert "min_score" not in Settings.parse({"ranking": {"hubs": 1}}).chosen()
    assert json.loads(Settings.parse({"ranking": {"min_score": 0}}).chosen()) == {"ranking": {"min_score": 0.0}}


def test_only_what_someone_chose_is_recorded():
    chosen = Settings.parse({"ranking": {"cosine": 1.0}, "sources": {"exclude": ["a"]}}).chosen()
    assert json.loads(chosen) == {"ranking": {"cosine": 1.0}, "sources": {"exclude": ["a"]}}
    assert Settings.model_validate_json(chosen).chosen() == chosen


def test_equal_settings_have_equal_fingerprints():
    assert Settings.parse({"ranking": {"cosine": 1}}).fingerprint() == Settings().fingerprint()


def test_settings_that_differ_have_fingerprints_that_differ():
    for values in [
        {"ranking": {"cosine": 1.1}},
        {"text": {"body_chars": 999}},
        {"encoder": {"query_prompt": "query: "}},
        {"encoder": {"passage_prompt": "query: "}},
        {"sources": {"exclude": ["a"]}},
        {"ranking": {"min_score": 0.98}},
        {"ranking": {"hubs": 0}},
        {"rules": {"pinned": {"a": ["b"]}}},
    ]:
        assert Settings.parse(values).fingerprint() != Settings().fingerprint(), values


def test_a_fingerprint_is_the_same_in_every_process():
    code = "from recommender.config import Settings; print(Settings().text.fingerprint())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == Settings().text.fingerprint()
