"""Filling the related fields of a whole site, against loading and dumping each front matter with PyYAML."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from measure import record

from recommender.sources.syntaxes.yaml_front import find_related, splice

RELATED = Path(sys.executable).parent / "related"
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1000)
"""


def enrich(data: Path, repeat: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        site, collection = Path(temporary) / "site", Path(temporary) / "collection"
        originals = _bare_site(data / "azure-site" / "_news", site)
        subprocess.run([RELATED, "build", site, "--collection", collection], capture_output=True, check=False)
        command = [RELATED, "enrich", site, "--collection", collection]
        rows = []
        for _ in range(repeat):
            _restore(site, originals)
            first, second = _timed(command), _timed(command)
            kept = sum(_without_block(site / name) == before for name, before in originals.items())
            filled = sum(b"\nrelated:" in (site / name).read_bytes() for name in originals)
            _restore(site, originals)
            rival = _load_and_dump(site, list(originals))
            rival_kept = sum(_without_block(site / name) == before for name, before in originals.items())
            rows.append((first, second, rival))
        _restore(site, originals)
        peak = subprocess.run([sys.executable, "-c", PEAK, *command], capture_output=True, text=True, check=True)
        interpreter = statistics.median(_timed([sys.executable, "-c", "pass"]) for _ in range(5))
        first, second, rival = (statistics.median(row[place] for row in rows) for place in range(3))
        record(
            "enrich",
            {
                "files": len(originals),
                "first_run_s": round(first, 2),
                "files_per_s": round(len(originals) / first),
                "unchanged_run_s": round(second - interpreter, 2),
                "peak_mb": int(peak.stdout),
                "rival": "PyYAML's C loader and dumper over each front matter, one field set, no recommending",
                "rival_s": round(rival, 2),
                "quality": {
                    "files_filled": filled,
                    "other_bytes_kept": round(kept / len(originals), 4),
                    "rival_other_bytes_kept": round(rival_kept / len(originals), 4),
                },
            },
        )


def _bare_site(source: Path, site: Path) -> dict[str, bytes]:
    """The files without their related blocks."""
    site.mkdir()
    bare = {}
    for file in sorted(source.glob("*.md")):
        field = find_related(file.read_bytes())
        bare[file.name] = splice(field, b"") if field.block else field.data
        (site / file.name).write_bytes(bare[file.name])
    return bare


def _restore(site: Path, originals: dict[str, bytes]) -> None:
    shutil.rmtree(site / ".related", ignore_errors=True)
    for name, data in originals.items():
        (site / name).write_bytes(data)


def _timed(command: list[object]) -> float:
    start = time.perf_counter()
    subprocess.run([str(part) for part in command], capture_output=True, check=False)
    return time.perf_counter() - start


def _without_block(file: Path) -> bytes:
    field = find_related(file.read_bytes())
    return splice(field, b"") if field.block else field.data


def _load_and_dump(site: Path, names: list[str]) -> float:
    start = time.perf_counter()
    for name in names:
        _, front, body = (site / name).read_text(encoding="utf-8").split("---\n", 2)
        fields = yaml.load(front, Loader=yaml.CSafeLoader)
        fields["related"] = [{"title": "One", "webUrl": "https://news.example/one"}]
        dumped = yaml.dump(fields, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
        (site / name).write_text(f"---\n{dumped}---\n{body}", encoding="utf-8")
    return time.perf_counter() - start
