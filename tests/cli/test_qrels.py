"""`related qrels` as it is run."""

from __future__ import annotations

from pathlib import Path

from support.enriching import Filling, Lined, article, json_article, json_entry

THEIRS = "\n  - webUrl: https://x.example/two%20words\n  - webUrl: https://x.example/nowhere"


def put(site: Path, name: str, **fields: str) -> Path:
    file = site / f"{name}.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(article(name, webUrl=f"https://x.example/{name}", **fields), encoding="utf-8")
    return file


def test_stdout_is_judgements_and_stderr_says_what_is_left_out(related, tmp_path: Path):
    for name in ("a b", "é"):
        put(tmp_path, name, related=THEIRS)
    put(tmp_path, "two words")
    done = related("qrels", tmp_path)
    assert done.stdout == "a%20b 0 two%20words 1\né 0 two%20words 1\n"
    assert done.stderr == (
        "left out: 2 items whose article is not in the site\n2 judgements of 2 lists in 3 articles\n"
    )
    assert done.returncode == 0


def test_any_white_space_in_an_id_is_percent_encoded(related, tmp_path: Path):
    lines = [json_article("a\u3000b\xa0", related=[json_entry("c")]), json_article("c")]
    (tmp_path / "articles.jsonl").write_text("".join(lines), encoding="utf-8")
    assert related("qrels", "articles.jsonl", cwd=tmp_path).stdout == "a%E3%80%80b%C2%A0 0 c 1\n"


def test_what_enrich_wrote_is_never_a_judgement(related, tmp_path: Path):
    filling = Filling(tmp_path / "site", tmp_path / "collection")
    for name in ("a", "b"):
        put(filling.site, name)
    filling.build()
    filling.fill({"a": ["b"]})
    done = related("qrels", filling.site)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "left out: 1 fields that related enrich wrote\n0 judgements of 0 lists in 2 articles\n"


def test_nor_is_what_it_wrote_into_lines(related, tmp_path: Path):
    lined = Lined(tmp_path)
    out = lined.fill(json_article("a") + json_article("b", related=[json_entry("a")]), {"a": ["b"]})
    (tmp_path / "out.jsonl").write_text(out, encoding="utf-8")
    done = related("qrels", tmp_path / "out.jsonl")
    assert (done.returncode, done.stdout) == (0, "b 0 a 1\n")


def test_broken_files_are_listed(related, tmp_path: Path):
    put(tmp_path, "a", related="[{webUrl: https://x.example/b}]")
    put(tmp_path, "b")
    (tmp_path / "c.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    done = related("qrels", tmp_path)
    assert (done.returncode, done.stdout) == (3, "a 0 b 1\n")
    assert done.stderr.startswith(f"problem: {tmp_path}/c.md, line ")


def test_the_sites_settings_say_which_files_are_articles(related, tmp_path: Path):
    put(tmp_path, "a", related="[{webUrl: https://x.example/b}]")
    put(tmp_path, "b")
    (tmp_path / "related.toml").write_text('[sources]\nexclude = ["b.md"]\n', encoding="utf-8")
    assert related("qrels", tmp_path).stdout == ""
    config = tmp_path / "other.toml"
    config.write_text("", encoding="utf-8")
    assert related("qrels", tmp_path, "--config", config).stdout == "a 0 b 1\n"


def test_without_a_site_it_is_said_in_one_line(related, tmp_path: Path):
    done = related("qrels", tmp_path / "nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (f"error: {tmp_path}/nowhere: there is no such file or folder (hint: check the SITE path)\n")


def test_links_of_the_text_are_judgements_in_both_directions(related, tmp_path: Path):
    file = put(tmp_path, "a b")
    text = "See [the other](https://x.example/c) and [elsewhere](https://y.example/).\n"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    put(tmp_path, "c")
    done = related("qrels", tmp_path, "--links")
    assert done.stdout == "a%20b 0 c 1\nc 0 a%20b 1\n"
    assert done.stderr == "left out: 1 links to other places\n2 judgements from the links of 2 articles\n"
    assert done.returncode == 0
