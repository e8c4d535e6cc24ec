"""Size of what requirements.txt installs: every package with what it needs it for, the largest first.

python -m benchmarks.installed_size [N]       # of this environment; compiled files (.pyc) counted apart

In blocks on disk, as ``du`` counts, in megabytes of a million bytes. The whole of a fresh environment is what
``du -sk ENVIRONMENT`` says; `tests/deployment/test_cloud.py` prints it.
"""

from __future__ import annotations

import importlib.metadata as metadata
import re
import sys
from pathlib import Path

from packaging.requirements import Requirement

REQUIREMENTS = Path(__file__).parents[1] / "requirements.txt"


def list_needed() -> dict[str, set[str]]:
    """Names of all packages that the requirements need, each with who asks for it."""
    asked: dict[str, set[str]] = {}
    extras: dict[str, set[str]] = {}
    lines = (line.partition("#")[0].strip() for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    waiting = [(Requirement(line), "requirements.txt") for line in lines if line and not line.startswith("-")]
    while waiting:
        requirement, asking = waiting.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        is_known = name in asked and requirement.extras <= extras[name]
        asked.setdefault(name, set()).add(asking)
        extras.setdefault(name, set()).update(requirement.extras)
        if is_known:
            continue
        for line in metadata.distribution(name).requires or []:
            needed = Requirement(line)
            given = [{"extra": extra} for extra in ("", *extras[name])]
            if needed.marker is None or any(needed.marker.evaluate(one) for one in given):
                waiting.append((needed, name))
    return asked


def measure(name: str) -> tuple[float, float]:
    """Megabytes of a package's files, and of what Python has compiled of them."""
    sizes = [0, 0]
    for file in metadata.distribution(name).files or []:
        path = Path(str(file.locate()))
        if path.is_file():
            sizes[file.suffix == ".pyc"] += path.stat().st_blocks * 512
    return sizes[0] / 1e6, sizes[1] / 1e6


def main() -> None:
    """Print the table."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    found = sorted(((*measure(name), name, askers) for name, askers in list_needed().items()), reverse=True)
    for size, compiled, name, askers in found[:most]:
        print(f"{size:8.1f} MB + {compiled:5.1f} compiled  {name}  ({', '.join(sorted(askers))})")
    files, compiled = sum(row[0] for row in found), sum(row[1] for row in found)
    print(f"{files:8.1f} MB + {compiled:5.1f} compiled  in {len(found)} packages")


if __name__ == "__main__":
    main()
