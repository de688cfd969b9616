"""One session of the attack again, with everything that was said and done: ``python -m tests.attack 17 18 40-60``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.attack.attacker import session
from tests.attack.house import House
from tests.attack.judge import Judge
from tests.attack.plot import transcript
from tests.databases import Databases


def main(seeds: list[int]) -> int:
    """Run them side by side; exit status 1 when the judge finds something."""
    with tempfile.TemporaryDirectory() as folder:
        databases = Databases(Path(folder))
        house = House(databases.new("sqlite"), Path(folder))
        try:
            sessions = [session(house.company, seed) for seed in seeds]
            house.run(sessions)
            found = Judge(house.company, sessions, house.lines, house.told, house.where, log=house.log.lines,
                          before=house.before, books=house.books()).judge()  # fmt: skip
        finally:
            house.close()
            databases.close()
    marks = {mark.split(".")[0] for mark, _ in found}
    for one in sessions:
        if len(sessions) < 5 or marks & {one.mark_of(n) for n in range(len(one.turns))}:
            here = house.where[one.mark]
            lines = [line for line in house.lines if line["by"] != "slack" or
                     (line["channel"] == here[0] and here[1] in str(line["shown"]))]  # fmt: skip
            sys.stdout.write(transcript(one, lines if len(sessions) < 5 else [], house.told) + "\n\n")
    sys.stdout.write("\n".join(f"FOUND {mark}: {what}" for mark, what in found) + "\n")
    return 1 if found else 0


def _seeds(asked: list[str]) -> list[int]:
    found: list[int] = []
    for one in asked:
        first, _, last = one.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


if __name__ == "__main__":
    sys.exit(main(_seeds(sys.argv[1:])))
