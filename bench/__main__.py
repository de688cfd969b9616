"""Runs the benchmarks named, or all: ``python -m bench [start] [rules] [ranking] [morning] [sync] [turn]``."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def main() -> int:
    """Each in a process of its own, one after the other; a missed goal is told, not a failure."""
    asking = argparse.ArgumentParser(prog="bench", description=__doc__)
    asking.add_argument("names", nargs="*", metavar="name", help=f"any of {', '.join(NAMES)}; none: all")
    asked = asking.parse_args()
    if unknown := set(asked.names) - set(NAMES):
        asking.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    broken = []
    for name in asked.names or NAMES:
        print(f"== {name}: {_what(name)}", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.bench_{name}"], cwd=HERE.parent, check=False).returncode:
            broken.append(name)
        print(flush=True)
    if broken:
        print(f"did not run to the end: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


def _what(name: str) -> str:
    return (HERE / f"bench_{name}.py").read_text(encoding="utf-8").partition("\n")[0].strip('"')


if __name__ == "__main__":
    sys.exit(main())
