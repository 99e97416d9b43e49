"""`related distil`."""

from __future__ import annotations


def test_what_is_there_already_is_refused_before_any_work(related, tmp_path):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "file").touch()
    done = related("distil", "--out", tmp_path / "static")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{tmp_path / 'static'}: the output already exists" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_unknown_model_is_one_line(related, tmp_path):
    done = related("distil", "--model", "./gone", "--out", tmp_path / "static")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no model folder ./gone" in done.stderr
    assert not (tmp_path / "static").exists()
