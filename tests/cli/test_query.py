"""`related query` as it is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.copies import made_once

from recommender.build import build
from recommender.cli.query import EXPLAINED
from recommender.config import Settings
from recommender.embedding import Encoder
from recommender.related.recommender import Recommender

ACLU = "_news/2021-04-16-aclu-suit-seeks-the-release-of-clearview-ai-face-biometrics-data-by-ice-and-cbp"
REUTERS = "_news/2021-04-12-plaintiffs-seek-preliminary-injunction-in-clearview-ai-privacy-mdl"


@pytest.fixture
def odd(tmp_path: Path, counting_encoder: Encoder) -> Path:
    """A small collection with awkward titles; no model has the encoder that it records."""
    articles = [
        {"id": "plain", "title": "Harbour tram"},
        {"id": "red", "title": "Harbour \x1b[31mtram\x1b[0m\x07"},
        {"id": "lines", "title": "Harbour\ntram\r"},
        {"id": "with space", "title": "Malmö – £17m tram"},
    ]

    def make(here: Path) -> None:
        source = here / "odd.jsonl"
        source.write_text("".join(json.dumps(article) + "\n" for article in articles), encoding="utf-8")
        build([source], here / "odd", settings=Settings(), encoder=counting_encoder)

    made_once("awkward titles", make, tmp_path)
    return tmp_path / "odd"


def test_a_table_is_printed_on_stdout_alone(related, site_collection: Path, recommender: Recommender):
    done = related("query", ACLU, "--collection", site_collection)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    best = recommender.related(ACLU)[0]
    assert lines[0] == f"Related to: {recommender.related(ACLU).article.title}"
    assert lines[2].startswith(f"{best.score:.4f}  Plaintiffs seek")
    assert "2021-04-12" in lines[2]
    assert "Clearview AI" in done.stdout


def test_json_is_the_librarys_answer(related, site_collection: Path, recommender: Recommender):
    done = related("query", ACLU, "--collection", site_collection, "--format", "json", "-k", 3)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == recommender.related(ACLU, top_k=3).to_json()


def test_json_has_the_documented_fields(related, site_collection: Path):
    answer = json.loads(related("query", ACLU, "--collection", site_collection, "--format", "json").stdout)
    assert list(answer) == ["article", "related", "duplicates", "revision", "scorer"]
    assert list(answer["article"]) == ["id", "title", "webUrl"]
    first = answer["related"][0]
    assert first["id"] == REUTERS
    assert list(first)[:4] == ["title", "excerpt", "publishedDateTime", "webUrl"]
    assert list(first)[-4:] == ["id", "score", "reasons", "duplicates"]


def test_jsonl_is_one_item_a_line(related, site_collection: Path, recommender: Recommender):
    done = related("query", ACLU, "--collection", site_collection, "--format", "jsonl", "--min-score", 0, "-k", 7)
    items = [json.loads(line) for line in done.stdout.splitlines()]
    assert items == [item.to_json() for item in recommender.related(ACLU, top_k=7, min_score=0)]


# Explanations.


def test_an_explained_table_names_each_features_share_and_what_became_of_each(
    related, site_collection: Path, recommender: Recommender
):
    done = related("query", ACLU, "--collection", site_collection, "--explain", "-k", 3)
    assert (done.returncode, done.stderr) == (0, "")
    answer = recommender.related(ACLU, top_k=3, explain=True)
    assert answer.considered is not None
    listed, _, told = done.stdout.partition(
        f"\n\nThe {EXPLAINED} most related of {len(answer.considered)} candidates:\n"
    )
    assert listed == related("query", ACLU, "--collection", site_collection, "-k", 3).stdout.rstrip("\n")
    heading, *lines = told.splitlines()
    names = "score cosine text title topics authors hubs closeness article outcome"
    assert " ".join(heading.split()) == names
    begun = [line.split()[:8] for line in lines if line[:1].isdigit()]
    assert begun == [
        [f"{one.score:.4f}", *(f"{value:+.3f}" for value in one.parts.values())]
        for one in answer.considered[:EXPLAINED]
    ]
    fates = [candidate.fate for candidate in answer.considered[:EXPLAINED]]
    assert set(fates) == {"shown", "not among the best 3", "under the minimum of 0.9854"}
    for fate in set(fates):
        assert sum(line.endswith(fate) for line in lines) == fates.count(fate)


def test_explained_json_tells_of_every_candidate(related, site_collection: Path, recommender: Recommender):
    done = related("query", ACLU, "--collection", site_collection, "--explain", "-k", 3, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer == recommender.related(ACLU, top_k=3, explain=True).to_json()
    assert len(answer["considered"]) == recommender.collection.store.count() - 1
    assert list(answer["considered"][0]) == ["id", "title", "score", "parts", "fate"]
    parts = ["cosine", "text", "title", "topics", "authors", "hubs", "closeness"]
    assert list(answer["considered"][0]["parts"]) == parts


def test_explained_jsonl_is_one_candidate_a_line(related, site_collection: Path, recommender: Recommender):
    done = related("query", ACLU, "--collection", site_collection, "--explain", "-k", 3, "--format", "jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    considered = recommender.related(ACLU, top_k=3, explain=True).to_json()["considered"]
    assert [json.loads(line) for line in done.stdout.splitlines()] == considered


@pytest.mark.parametrize("output", ["json", "table"])
def test_without_explain_no_candidate_is_told_of(related, site_collection: Path, output: str):
    done = related("query", ACLU, "--collection", site_collection, "--format", output)
    assert "candidates" not in done.stdout
    assert "considered" not in done.stdout
    assert "not among the best" not in done.stdout


# Rules and what a list may hold.


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A settings file with rules for the odd collection."""
    path = tmp_path / "rules.toml"
    path.write_text(
        '[ranking]\nmin_score = 0\n[rules]\nblocked = ["lines"]\n'
        '[rules.pinned]\nplain = ["nowhere\\u001b[2J", "with space"]\n',
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("output", ["table", "json", "jsonl"])
def test_a_note_is_a_line_on_stderr_and_stdout_is_data_alone(related, odd: Path, rules: Path, output: str):
    done = related("query", "plain", "--collection", odd, "--config", rules, "--format", output)
    assert done.returncode == 0
    assert done.stderr == "note: the pinned article nowhere\\x1b[2J is not in the collection\n"
    assert "note: " not in done.stdout


def test_json_has_the_notes_too(related, odd: Path, rules: Path):
    answer = json.loads(related("query", "plain", "--collection", odd, "--config", rules, "--format", "json").stdout)
    assert answer["notes"] == ["the pinned article nowhere\x1b[2J is not in the collection"]
    assert [(item["id"], item.get("pinned")) for item in answer["related"]] == [("with space", True), ("red", None)]


def test_a_settings_file_gives_the_rules(related, odd: Path, rules: Path):
    done = related("query", "plain", "--collection", odd, "--config", rules, "--explain", "--format", "jsonl")
    fates = {one["id"]: one["fate"] for one in map(json.loads, done.stdout.splitlines())}
    assert fates == {"with space": "pinned", "red": "shown", "lines": "left out: lines is blocked"}


def test_recorded_rules_hold_without_a_settings_file(related, tmp_path: Path, counting_encoder: Encoder):
    source = tmp_path / "ruled.jsonl"
    source.write_text(
        "".join(json.dumps({"id": name, "title": f"Tram {name}"}) + "\n" for name in "abc"), encoding="utf-8"
    )
    settings = Settings.parse({"ranking": {"min_score": 0}, "rules": {"blocked": ["b"]}})
    build([source], tmp_path / "ruled", settings=settings, encoder=counting_encoder)
    done = related("query", "a", "--collection", tmp_path / "ruled", "--format", "jsonl")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["c"]


def test_diversity_and_the_cap_are_options(related, site_collection: Path, recommender: Recommender):
    done = related(
        *("query", ACLU, "--collection", site_collection, "-k", 8, "--min-score", 0, "--format", "jsonl"),
        *("--diversity", 0.5, "--max-per-provider", 1),
    )
    expected = recommender.related(ACLU, top_k=8, min_score=0, diversity=0.5, max_per_provider=1)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [item.to_json() for item in expected]


def test_a_press_releases_table_names_its_copies(related, site_collection: Path):
    done = related("query", "_news/2021-06-02-cirrane-to-open-spanish-cloud-region", "--collection", site_collection)
    assert done.stdout.splitlines()[1] == (
        "Copies of it: _news/2021-06-01-cirrane-announces-320m-zaragoza-region, "
        "_news/2021-06-01-cirrane-cloud-to-open-region-in-zaragoza"
    )
    done = related("query", "_news/2021-06-02-zaragoza-centros-de-datos-de-cirrane", "--collection", site_collection)
    assert "2 copies" in " ".join(done.stdout.split())


def test_an_article_is_named_by_its_address_as_well(related, site_collection: Path, recommender: Recommender):
    url = recommender.related(ACLU).article.web_url
    done = related("query", url, "--collection", site_collection, "--format", "json")
    assert json.loads(done.stdout)["article"]["id"] == ACLU


def test_a_stored_articles_file_gives_its_list(related, site: Path, site_collection: Path, recommender: Recommender):
    done = related("query", "--file", site / f"{ACLU}.md", "--collection", site_collection, "--format", "json")
    assert json.loads(done.stdout)["related"] == recommender.related(ACLU).to_json()["related"]


def test_a_text_is_compared_by_the_recorded_model(related, site_collection: Path):
    text = "Judge asked to stop Clearview AI from collecting face biometrics"
    done = related("query", "--text", text, "--collection", site_collection, "--format", "jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    assert REUTERS in [json.loads(line)["id"] for line in done.stdout.splitlines()]


def test_a_settings_file_gives_weights_and_minimum(related, odd: Path, tmp_path: Path):
    config = tmp_path / "strict.toml"
    config.write_text("[ranking]\nmin_score = 1\n", encoding="utf-8")
    done = related("query", "plain", "--collection", odd, "--config", config)
    assert (done.returncode, done.stdout) == (0, "Related to: Harbour tram\nNothing here is related enough.\n")


@pytest.mark.parametrize("asked", ["plain", "red"])
def test_titles_with_control_characters_are_printed_escaped(related, odd: Path, asked: str):
    done = related("query", asked, "--collection", odd, "--min-score", 0)
    assert r"\x1b[31mtram\x1b[0m\x07" in done.stdout
    assert r"Harbour\ntram\r" in done.stdout
    assert all(char.isprintable() or char == "\n" for char in done.stdout)


def test_wrong_usage_exits_with_two(related, odd: Path):
    for arguments in [
        [],
        ["plain", "--text", "Harbour"],
        ["--file", "a.md", "--text", "Harbour"],
        ["plain", "-k", "0"],
        ["plain", "-k", "1001"],
        ["plain", "--min-score", "1.5"],
        ["plain", "--min-score", "nan"],
        ["plain", "--format", "xml"],
        ["plain", "--diversity", "1.5"],
        ["plain", "--diversity", "nan"],
        ["plain", "--max-per-provider", "-1"],
    ]:
        done = related("query", *arguments, "--collection", odd)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Error: " in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "there is no article nowhere; expected an id, a webUrl, a file or a slug of an article"),
        (["plain", "--config", "no.toml"], "no.toml: the settings cannot be read: No such file or directory"),
        (["--file", "no.md"], "no.md: there is no such file"),
        (["--file", "bad.md"], "bad.md, line 3: id holds a control character"),
        (["--file", "odd.jsonl"], "odd.jsonl: this is not a file of one article; expected a Markdown, "),
        (["--file", "empty.md"], "empty.md: the file holds no article: empty"),
        (["--text", "  "], "title is empty; expected a text that is not empty"),
        (["--text", "Something new"], "the model default is not the one that made the vectors"),
        (["plain", "--collection", "nowhere"], "nowhere: there is no collection here (hint: make one: related build "),
    ],
)
def test_what_can_not_be_answered_is_one_line_and_exits_with_one(
    related, odd: Path, tmp_path: Path, arguments: list[str], said: str
):
    (tmp_path / "bad.md").write_text('---\ntitle: Bad\nid: "a\\nb"\n---\n', encoding="utf-8")
    (tmp_path / "empty.md").write_text("---\n---\n", encoding="utf-8")
    done = related("query", "--collection", odd, *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


def test_a_stored_file_without_an_address_is_not_related_to_itself(related, tmp_path: Path, counting_encoder: Encoder):
    for name in ("a", "b"):
        (tmp_path / "site" / "news").mkdir(parents=True, exist_ok=True)
        text = f"---\ntitle: Harbour tram {name}\n---\n"
        (tmp_path / "site" / "news" / f"{name}.md").write_text(text, encoding="utf-8")
    build([tmp_path / "site"], tmp_path / "made", settings=Settings(), encoder=counting_encoder)
    done = related(
        *("query", "--file", "site/news/a.md", "--collection", "made", "--min-score", 0, "--format", "jsonl"),
        cwd=tmp_path,
    )
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["news/b"]
