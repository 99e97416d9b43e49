"""Settings and models: what they change is made anew, and vectors of two models never meet."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.building import Build, ids, put, put_many, summary
from support.encoders import OtherEncoder

from recommender.config import EncoderSettings, Settings
from recommender.errors import (
    EncoderError,
    EncoderMismatchError,
)

pytestmark = pytest.mark.usefixtures("settled")


def test_settings_are_recorded(folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    chosen = Settings.parse({"ranking": {"min_score": 0.5}, "text": {"body_chars": 10}})
    run(settings=chosen)
    assert collection().store.settings == chosen
    run(settings=Settings())
    assert collection().store.settings == Settings()


def test_changed_text_settings_embed_anew_what_they_change(folder: Path, run: Build, counting_encoder, collection):
    put(folder / "a.md", "First", body="Long body text.")
    put(folder / "b.md", "Second")
    run()
    counting_encoder.batches.clear()
    settings = Settings.parse({"text": {"body_chars": 0}})
    report = run(settings=settings)
    assert summary(report) == {"unchanged": 2, "written": 1, "encoded": 1}
    assert counting_encoder.texts == ["First"]
    with collection().reading() as view:
        assert [len(view.profile(name).text.hashes) for name in ("a", "b")] == [4, 1]
    assert summary(run(settings=settings)) == {"unchanged": 2}


def test_text_settings_reach_the_sources_that_are_not_named(tmp_path: Path, folder: Path, run: Build, counting_encoder):
    put(folder / "a.md", "First", body="Long body text.")
    other = put(tmp_path / "other" / "b.md", "Second", body="Another body text.").parent
    run(folder, other)
    counting_encoder.batches.clear()
    run(other, settings=Settings.parse({"text": {"body_chars": 0}}))
    assert sorted(counting_encoder.texts) == ["First", "Second"]


def test_a_text_setting_that_changes_no_text_still_makes_new_indexes(folder: Path, run: Build):
    put(folder / "a.md", "Die Türen")
    run()
    report = run(settings=Settings.parse({"text": {"language": "german"}}))
    assert (summary(report), report.revision, report.published) == ({"unchanged": 1}, 1, True)


def test_excluded_files_are_deleted(folder: Path, run: Build, collection):
    put_many(folder, 6)
    run()
    assert run(settings=Settings.parse({"sources": {"exclude": ["03.md"]}})).deleted == 1
    assert "03" not in ids(collection())


@pytest.mark.parametrize("changed", [False, True], ids=["nothing new", "something new"])
def test_another_encoder_is_refused_and_nothing_written(folder: Path, run: Build, collection, changed: bool):
    put(folder / "a.md", "First")
    run()
    if changed:
        put(folder / "b.md", "Second")
    with pytest.raises(EncoderMismatchError):
        run(encoder=OtherEncoder())
    assert ids(collection()) == ["a"]
    assert run().articles == 1 + changed


def test_settings_that_name_an_unknown_model_are_refused(folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    run()
    unknown = Settings(encoder=EncoderSettings(model="./no-such-model"))
    with pytest.raises(EncoderError, match="there is no model folder"):
        run(encoder=None, settings=unknown)
    assert collection().store.settings == Settings()


def test_settings_of_another_encoder_are_refused(folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    run()
    put(folder / "b.md", "Second")
    with pytest.raises(EncoderMismatchError) as caught:
        run(encoder=None, settings=Settings(encoder=EncoderSettings(max_seq_length=64)))
    assert "--recreate" in (caught.value.hint or "")
    assert ids(collection()) == ["a"]


def test_the_recorded_model_is_not_opened_where_nothing_is_new(folder: Path, run: Build):
    # No model that can be opened has the recorded fingerprint, so that any use of it would fail.
    put_many(folder, 6)
    run()
    (folder / "00.md").unlink()
    assert summary(run(encoder=None)) == {"unchanged": 5, "deleted": 1}


def test_the_recorded_model_must_be_the_one_that_made_the_vectors(folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    run()
    put(folder / "b.md", "Second")
    with pytest.raises(EncoderMismatchError, match="is not the one that made the vectors"):
        run(encoder=None)
    assert ids(collection()) == ["a"]
