"""Collections to be damaged."""

from __future__ import annotations

import pytest
from support.site import make_site


@pytest.fixture(scope="session")
def pristine_site(tmp_path_factory):
    return make_site(tmp_path_factory.mktemp("pristine"), changed=False)


@pytest.fixture(scope="session")
def pristine_changed_site(tmp_path_factory):
    return make_site(tmp_path_factory.mktemp("pristine"), changed=True)


@pytest.fixture
def site_to_damage(pristine_site, tmp_path):
    """A collection with a snapshot of its newest revision."""
    return pristine_site.copy_to(tmp_path / "collection")


@pytest.fixture
def changed_site(pristine_changed_site, tmp_path):
    """A collection with changes since its snapshot."""
    return pristine_changed_site.copy_to(tmp_path / "collection")
