"""The landscape: a collection's articles on a plane, in named clusters."""

from recommender.overview.landscape.computing import compute_landscape
from recommender.overview.landscape.file import Landscape, read_landscape

__all__ = ["Landscape", "compute_landscape", "read_landscape"]
