"""Settings of Sphinx, which builds the manual: `make docs`."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "Related articles"
author = "The Related articles contributors"
release = installed("related-articles")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton", "references"]
exclude_patterns = ["_build"]
root_doc = "index"
nitpicky = True
# Types of other packages, and names that only a type checker sees, have no page to link to.
nitpick_ignore_regex = [("py:.*", r"(?!recommender\.(Recommender|Options|Article|Settings|client\.Client)$).*")]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = False

# A prompt is not copied, and neither is what a command prints.
copybutton_prompt_text = "$ "

html_theme = "furo"
html_title = "Related articles"
html_static_path: list[str] = []
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
