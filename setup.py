"""Puts the sample site, which lies outside the packages, into what is built; all else is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithSample(build_py):
    """Builds the packages, and the sample site as data of one of them."""

    def run(self) -> None:
        """See setuptools."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "recommender" / "sample_site"
            shutil.copytree("data/site", target, dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithSample})
