"""Stories: articles about one event and what followed from it, joined by likeness and nearness in time."""

from recommender.overview.stories.computing import compute_stories
from recommender.overview.stories.file import State, StoryFile
from recommender.overview.stories.telling import ToldStory, tell_story

__all__ = ["State", "StoryFile", "ToldStory", "compute_stories", "tell_story"]
