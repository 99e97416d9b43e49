"""How many examples a property is tried on."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings

THOROUGH = os.environ.get("RELATED_TEST_ALL") == "1"
SHARE = 3
"""The suite tries one in so many; `make test-faults` all of them."""


def examples(number: int, *, share: int = SHARE, **options: Any) -> settings:
    """Try a property on `number` examples where everything is tested, and on a share of them in the suite."""
    return settings(max_examples=number if THOROUGH else max(1, number // share), **options)
