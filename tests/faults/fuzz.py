"""Fuzzes a reader with libFuzzer: `python tests/faults/fuzz.py READER [--seconds 60]`; needs `pip install atheris`.

Whatever the bytes, a reader gives its result or one of this library's errors, in time. What is found is kept below
`build/fuzz/READER`; a case that once failed belongs into `CASES` of `tests/unit/test_fuzzed.py`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader", help="A key of support.readers.READERS.")
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    import atheris

    with atheris.instrument_imports(include=["recommender"]):
        from support.readers import READERS, SEEDS
    found = Path("build/fuzz") / options.reader
    found.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS.get(options.reader, ())):
        (found / f"seed-{number}").write_bytes(seed)
    arguments = [
        sys.argv[0],
        str(found),
        f"-artifact_prefix={found}/",
        f"-max_total_time={options.seconds}",
        "-max_len=4096",
        "-timeout=10",
        "-rss_limit_mb=3000",
        "-verbosity=0",
        "-print_final_stats=1",
    ]
    atheris.Setup(arguments, READERS[options.reader])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
