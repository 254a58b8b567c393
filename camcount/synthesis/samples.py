"""The eight pictures of `samples/`: the range of what camcount is made for, each with its truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from camcount.synthesis.page import Page, make_page
from camcount.synthesis.scene import Scene

SEED = 3
"""Of the pictures in `samples/`."""

QUALITY = 86
"""Of their JPEG files."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture to draw."""

    text: str
    scene: Scene
    size: tuple[int, int] = (1024, 768)


SAMPLES: dict[str, Sample] = {
    "plain": Sample("20735", Scene(fill=0.6, rotation=-2, tilt=4, quality=None)),
    "ruled": Sample(
        "4071\n225",
        Scene("ruled", "ballpoint", fill=0.42, rotation=3, tilt=9, slope=0.25, warmth=0.06, noise=3, quality=None),
    ),
    "graph": Sample(
        "31 86 90",
        Scene("graph", "fountain", fill=0.62, tilt=6, rotation=-4, vignette=0.35, exposure=0.75, noise=4, quality=None),
        (1024, 640),
    ),
    "whiteboard": Sample(
        "8125\n4609",
        Scene("whiteboard", "whiteboard", fill=0.6, tilt=14, flash=0.2, exposure=0.72, warmth=-0.05, quality=None),
    ),
    "shadow": Sample(
        "9463",
        Scene("plain", "marker", fill=0.6, shadow=0.5, softness=0.004, tilt=7, warmth=0.1, noise=3, quality=None),
    ),
    "pencil": Sample(
        "5718\n306\n92",
        Scene("plain", "pencil", fill=0.5, vignette=0.4, exposure=0.7, warmth=-0.04, noise=5, blur=0.8, quality=None),
        (768, 1024),
    ),
    "blackboard": Sample("1380", Scene("blackboard", "chalk", fill=0.6, tilt=10, exposure=1.25, noise=4, quality=None)),
    "note": Sample(
        "147 97",
        Scene(
            "coloured", "gel", fill=0.55, desk=True, folded=True, tilt=16, rotation=7, shadow=0.3, softness=0.06,
            blur=1.3, shake=3, warmth=0.08, noise=6, quality=None,
        ),
    ),
}


def draw_samples(seed: int = SEED) -> Iterator[tuple[str, Page]]:
    """Draw each sample, with its name; the seed decides hands and chances, not texts and scenes."""
    for index, (name, sample) in enumerate(SAMPLES.items()):
        yield name, make_page(seed * len(SAMPLES) + index, sample.text, sample.size, sample.scene)


def truth(page: Page) -> dict[str, Any]:
    """Give what is written on a page, for a JSON file: the lines, and for each line the boxes of its digits."""
    return {
        "lines": [line.text for line in page.lines],
        "boxes": [[list(digit.box) for digit in line.digits] for line in page.lines],
    }
