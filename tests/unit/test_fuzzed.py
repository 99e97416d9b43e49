"""Every reader on what it begins to be fuzzed with, cut and damaged; and on what once broke one."""

from __future__ import annotations

from random import Random

import pytest
from support.readers import READERS, SEEDS

CASES: dict[str, list[bytes]] = {
    "wxr": [b"<rss><channel><wp:wxr_version>1.2</wp:wxr_version><item><title>A</title></item></channel></rss>"],
}
"""By reader, bytes that broke it once."""


@pytest.mark.parametrize("reader", READERS)
def test_any_bytes_are_read_or_refused(reader: str):
    random, read = Random(reader), READERS[reader]
    for seed in [*SEEDS.get(reader, [b"{}"]), *CASES.get(reader, [])]:
        read(seed)
        for _ in range(40):
            changed = bytearray(seed)
            for _ in range(random.randint(1, 4)):
                place = random.randrange(len(changed))
                match random.randrange(3):
                    case 0:
                        changed[place] = random.randrange(256)
                    case 1:
                        del changed[place : place + random.randint(1, 8)]
                    case _:
                        changed[place:place] = bytes(random.choices(b"\x00\n\r\t \"'[]{}:,#-+=<>&\\\xff\xc3", k=3))
                changed = changed or bytearray(b" ")
            read(bytes(changed))
