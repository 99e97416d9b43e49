"""Adds what pyproject.toml cannot say: the sample site outside the packages, and a README that reads well by itself."""

import re
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

_PICTURE = re.compile(r"^!\[.*\n+", re.MULTILINE)
_LINK_TO_FILE = re.compile(r"\[([^\]]+)\]\((?!https?:)([^)]+)\)")


class BuildWithSample(build_py):
    """Builds the packages, and the sample site as data of one of them."""

    def run(self) -> None:
        """See setuptools."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "recommender" / "sample_site"
            shutil.copytree("data/site", target, dirs_exist_ok=True)


def readme() -> str:
    """Return the README for a package index: no pictures, and files are named, since links to them lead nowhere."""
    text = Path("README.md").read_text(encoding="utf-8")
    return _LINK_TO_FILE.sub(r"\1 (`\2`)", _PICTURE.sub("", text))


setup(
    cmdclass={"build_py": BuildWithSample},
    long_description=readme(),
    long_description_content_type="text/markdown",
)
