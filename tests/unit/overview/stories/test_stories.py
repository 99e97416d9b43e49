"""The stories of the sample site: what is joined, how it is kept, and how it is told."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from recommender.article import Article
from recommender.collection import Collection
from recommender.collection_folder import STORIES_LOCK_NAME, STORIES_NAME, STORIES_SPARE_NAME
from recommender.embedding import SentenceTransformerEncoder
from recommender.errors import CollectionError, NotFoundError
from recommender.overview.stories import State, StoryFile, ToldStory, compute_stories, tell_story
from recommender.overview.stories.file import Story, keep_stories
from recommender.store.locks import exclusive

ROBOTS = "_news/2021-07-06-delivery-robots-get-the-pavements-of-lindmouth"
GUIDE_DOG = "_news/2021-07-13-a-week-on-a-delivery-robot-meets-a-guide-dog"
CIRRANE = "_news/2021-06-01-cirrane-cloud-to-open-region-in-zaragoza"
BULLETIN = "_news/2021-04-06-tidewater-lead-time-bulletin-april-2021"
LENTILS = "_news/2020-10-04-smoked-lentils-with-sour-cherries"


@pytest.fixture(scope="module")
def told_site(site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    """A collection whose stories are known; not to be written to."""
    copy = shutil.copytree(site_collection, tmp_path_factory.mktemp("told") / "collection")
    with closing(Collection.open(copy)) as opened:
        compute_stories(opened)
        yield opened


def tell(collection: Collection, article_id: str, most: int = 100) -> ToldStory:
    stories = StoryFile.open(collection.path)
    try:
        return tell_story(collection, stories, article_id, most)
    finally:
        if stories is not None:
            stories.close()


def roles(told: ToldStory) -> dict[str | None, str]:
    return {member.article.id: member.role for member in told.members}


# What is joined.


def test_a_follow_up_is_joined_to_what_it_follows(told_site: Collection):
    first, second = tell(told_site, ROBOTS), tell(told_site, GUIDE_DOG)
    assert roles(first) == {ROBOTS: "this", GUIDE_DOG: "update"}
    assert roles(second) == {ROBOTS: "earlier", GUIDE_DOG: "this"}
    assert first.story_id == second.story_id == ROBOTS
    assert first.notes == []


def test_a_press_release_of_three_outlets_is_one_story_of_copies(told_site: Collection):
    told = tell(told_site, CIRRANE)
    assert list(roles(told).values()) == ["this", "copy", "copy"]
    assert told.label[0] == "Cirrane Cloud"


def test_what_other_outlets_tell_later_is_no_update(told_site: Collection):
    german, jobs = (
        "_news/2021-03-09-elbmark-baut-chipfabrik-in-freiberg",
        "_news/2021-03-10-700-neue-stellen-fuer-freiberg",
    )
    told = roles(tell(told_site, "_news/2021-03-09-elbmark-picks-freiberg-for-power-chip-fab"))
    assert {told[german], told[jobs]} == {"later"}


@pytest.mark.parametrize("article_id", [BULLETIN, LENTILS])
def test_a_series_is_no_story_and_neither_is_an_article_alone(told_site: Collection, article_id: str):
    told = tell(told_site, article_id)
    assert (told.story_id, told.label, roles(told)) == (None, [], {article_id: "this"})
    assert told.to_json()["count"] == 1


def test_a_story_is_cut_around_the_article(told_site: Collection):
    told = tell(told_site, CIRRANE, most=1)
    assert (roles(told), told.before, told.after) == ({CIRRANE: "this"}, 0, 2)
    assert told.notes == ["0 earlier and 2 later articles were left out"]
    assert told.story_id == CIRRANE


def test_there_is_no_story_of_an_article_that_is_not_there(told_site: Collection):
    with pytest.raises(NotFoundError, match="there is no article x"):
        tell(told_site, "x")


def test_without_stories_an_article_is_told_alone_and_a_note_says_why(collection: Collection):
    told = tell(collection, ROBOTS)
    assert roles(told) == {ROBOTS: "this"}
    assert told.notes == ["the stories of this collection have not been computed yet"]


# What is kept.


def test_stories_are_computed_once_for_a_revision(collection: Collection):
    assert compute_stories(collection)
    before = (collection.path / STORIES_NAME).stat()
    assert not compute_stories(collection)
    assert (collection.path / STORIES_NAME).stat() == before
    assert before.st_mode & 0o077 == 0


def test_a_story_goes_on_under_its_id_and_ends_with_its_articles(
    collection: Collection, real_encoder: SentenceTransformerEncoder
):
    compute_stories(collection)
    later = Article(
        id="later",
        title="Delivery robots in Lindmouth are told to stop for guide dogs",
        excerpt="After a robot met a guide dog on the pavements of Lindmouth, delivery robots must stop for every dog.",
        published_date_time="2021-07-15T09:00:00Z",
    )
    collection.write([later], encoder=real_encoder)
    behind = tell(collection, "later")
    assert roles(behind) == {"later": "this"}
    assert behind.notes == [f"stories are of revision {behind.computed_revision}: later changes are not in them yet"]
    assert compute_stories(collection)
    told = tell(collection, "later")
    assert roles(told) == {ROBOTS: "earlier", GUIDE_DOG: "earlier", "later": "this"}
    assert told.story_id == ROBOTS
    collection.write(deletes=["later"])
    assert roles(tell(collection, ROBOTS)) == {ROBOTS: "this", GUIDE_DOG: "update"}


def test_stories_of_a_collection_that_was_replaced_by_a_backup_count_for_nothing(collection: Collection):
    other = State.of(collection.store)._replace(uuid="another")
    keep_stories(collection.path, other, [Story([ROBOTS, LENTILS], [], ROBOTS)], 0.1)
    told = tell(collection, ROBOTS)
    assert (roles(told), told.computed_revision) == ({ROBOTS: "this"}, None)
    assert compute_stories(collection)


def test_another_process_that_is_at_it_is_left_alone(collection: Collection):
    with exclusive(collection.path / STORIES_LOCK_NAME, wait=False):
        assert not compute_stories(collection)
    assert not (collection.path / STORIES_NAME).exists()


KILLED = """
import os, signal, sys
from recommender.collection import Collection
from recommender.overview.stories import computing, file
real = file.replacing_file
def killed(*paths):
    with real(*paths) as stream:
        stream.write(b"half of it")
        stream.flush()
        os.kill(os.getpid(), signal.SIGKILL)
file.replacing_file = killed
computing.compute_stories(Collection.open(sys.argv[1]))
"""


def test_killed_while_computing_the_stories_of_before_stay(collection: Collection):
    state = State.of(collection.store)._replace(revision=0)
    keep_stories(collection.path, state, [Story([ROBOTS, LENTILS], ["robots"], ROBOTS)], 0.1)
    done = subprocess.run([sys.executable, "-c", KILLED, collection.path], check=False)
    assert done.returncode == -9
    assert (collection.path / STORIES_SPARE_NAME).exists()
    assert roles(tell(collection, ROBOTS)) == {LENTILS: "earlier", ROBOTS: "this"}
    assert compute_stories(collection)
    assert roles(tell(collection, ROBOTS)) == {ROBOTS: "this", GUIDE_DOG: "update"}
    assert not (collection.path / STORIES_SPARE_NAME).exists()


def test_a_damaged_file_counts_as_none(collection: Collection):
    compute_stories(collection)
    path = collection.path / STORIES_NAME
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole.replace(b"Cirrane", b"Cirrbne"), b"nothing", b""):
        assert damaged != whole
        path.write_bytes(damaged)
        assert StoryFile.open(collection.path) is None
    assert compute_stories(collection)
    assert StoryFile.open(collection.path) is not None


def test_a_folder_that_cannot_be_written_is_an_error(collection: Collection):
    (collection.path / STORIES_SPARE_NAME).mkdir()
    with pytest.raises(CollectionError, match="the stories cannot be written"):
        compute_stories(collection)
