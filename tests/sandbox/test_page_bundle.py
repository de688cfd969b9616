"""The committed page is the one its sources make, and needs nothing from anywhere else."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "sandbox" / "page"
BUILT = ("LICENSES.txt", "index.html", "page.css", "page.js")
SOURCES = ("build.mjs", "package-lock.json", "package.json", "tsconfig.json")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _stamp() -> dict[str, str]:
    return dict(line.split(" ") for line in (PAGE / "dist" / "STAMP").read_text().splitlines())


def test_the_committed_bundle_was_built_from_these_sources() -> None:
    files = [*SOURCES, *(path.relative_to(PAGE).as_posix() for path in (PAGE / "src").rglob("*") if path.is_file())]
    listed = "".join(f"{name} {_sha256(PAGE / name)}\n" for name in sorted(files))
    assert hashlib.sha256(listed.encode()).hexdigest() == _stamp()["sources"], "run `npm run build` in sandbox/page"


@pytest.mark.parametrize("name", BUILT)
def test_nobody_edited_the_bundle_by_hand(name: str) -> None:
    assert _sha256(PAGE / "dist" / name) == _stamp()[name], "run `npm run build` in sandbox/page"


def test_the_lock_pins_every_package_by_content_and_names_no_registry() -> None:
    lock = json.loads((PAGE / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if "integrity" not in package] == []


@pytest.mark.parametrize("name", ["index.html", "page.css", "page.js"])
def test_the_bundle_loads_nothing_from_elsewhere_and_knows_no_machine(name: str) -> None:
    text = (PAGE / "dist" / name).read_text()
    assert "sourceMappingURL" not in text
    assert re.search(r"/(home|root|work|Users|tmp)/", text) is None
    assert re.search(r"""(src|href)=["']?https?:|url\(["']?https?:|@import|import\(["']http""", text) is None


def test_the_page_is_light_enough_to_open_at_once() -> None:
    assert sum((PAGE / "dist" / name).stat().st_size for name in ("page.js", "page.css", "index.html")) < 725_000


def test_every_package_in_the_bundle_shows_its_licence() -> None:
    text = (PAGE / "dist" / "LICENSES.txt").read_text()
    for name in ("preact", "slack-blocks-to-jsx", "react-markdown"):
        assert re.search(rf"^{name} \S+ \(MIT\)$", text, re.MULTILINE)
    assert "carries no licence file" not in text
