"""A backup that is restored, or moved into place, while a service answers."""

from __future__ import annotations

from pathlib import Path

from support.commands import run_here


def test_what_cannot_be_restored_is_one_line(site_copy: Path, tmp_path: Path):
    (tmp_path / "text.db").write_text("nothing\n" * 500, encoding="utf-8")
    for name, said in (("none.db", "there is no backup"), ("text.db", "not a database")):
        done = run_here("restore", tmp_path / name, "--collection", site_copy)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr
    done = run_here("backup", tmp_path / "b.db", "--collection", tmp_path / "none")
    assert (done.returncode, "there is no collection here" in done.stderr) == (1, True)
