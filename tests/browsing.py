"""A real browser, for tests of the page, and a hand that draws in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from camcount.synthesis import Hand

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

CHROMIUM = next((path for path in map(Path, ("/usr/bin/chromium", "/usr/bin/chromium-browser")) if path.exists()), None)


@contextmanager
def browsing(*arguments: str, **context: Any) -> Iterator[Any]:
    """Open a page of a browser, and see that it complained of nothing."""
    complaints: list[str] = []
    with playwright.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", *arguments])
        page = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **context}).new_page()
        page.on("console", lambda told: told.type == "error" and complaints.append(told.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_default_timeout(20_000)
        page.complaints = complaints
        yield page
        browser.close()
    assert not complaints


def strokes(text: str, left: float, top: float, size: float) -> Iterator[list[tuple[float, float]]]:
    """Give the strokes of a number in one of camcount's hands."""
    for i, character in enumerate(text):
        for stroke in Hand(3)(character, np.random.default_rng(i)):
            yield [(left + size * (0.95 * i + 0.7 * float(x)), top + size * float(y)) for x, y in stroke]


def draw(page: Any, text: str, top: float = 60, size: float = 120, left: float = 40) -> None:
    box = page.locator("#paper").bounding_box()
    for points in strokes(text, box["x"] + left, box["y"] + top, size):
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()
