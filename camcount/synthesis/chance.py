"""Pages by lot: what people write, how they write it, and how they photograph it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from camcount.synthesis.grounds import GROUNDS
from camcount.synthesis.manner import Manner
from camcount.synthesis.paper import DARK_PAPERS, PAPERS, RULED_PAPERS
from camcount.synthesis.scene import Scene
from camcount.synthesis.shapes import DIGITS

_HARDSHIPS = ("touching", "broken", "ruled", "shadow", "tilt", "small", "clutter", "pen", "sheet", "lens", "sizes")
_SMALLEST = 15.0
"""Height of a digit, pixels, below which no page is planned."""
_LEAST = 13.0
"""The same where they are meant to be small."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be drawn."""

    text: str
    scene: Scene
    manner: Manner


def plan_page(
    rng: np.random.Generator, size: tuple[int, int], alphabet: str, text: str | None = None, only: str | None = None
) -> Plan:
    """Draw a page by lot: nearly half are calm, the others have one to three hardships.

    Args:
        size: (width, height), pixels.
        alphabet: letters that the writer knows.
        text: what is written; None leaves it to chance.
        only: the one hardship of the page, a trait; None leaves hardships to chance.
    """
    count = int(rng.choice([0, 1, 2, 3], p=(0.45, 0.32, 0.16, 0.07)))
    weights = np.array([2.0, 1.4, 1.5, 1.3, 1.1, 1.3, 1.8, 0.7, 0.7, 0.7, 0.6])
    hardships = set(rng.choice(_HARDSHIPS, count, replace=False, p=weights / weights.sum()).tolist())
    if only:
        hardships = {only}
    scene = _scene(hardships, rng)
    manner = _manner(hardships, scene, rng)
    written = random_text(rng, alphabet if "clutter" in hardships else "") if text is None else text
    if text is not None:
        manner = replace(manner, clutter=tuple(kind for kind in manner.clutter if kind != "strike"))
    else:
        written = _shorten(written, size, scene, manner)
        if manner.align == "columns":
            written = _into_columns(written, rng)
    if "small" in hardships:
        scene = replace(scene, fill=_small_fill(written, size, manner, rng))
    return Plan(written, scene, manner)


def plan_empty(rng: np.random.Generator, size: tuple[int, int], alphabet: str) -> Plan:
    """Draw a page without digits by lot: words, doodles, bare paper, or no paper at all."""
    hardships = set(rng.choice(["ruled", "shadow", "tilt", "pen", "sheet", "lens"], int(rng.integers(0, 3))).tolist())
    scene = _scene(hardships, rng)
    manner = Manner()
    kind = str(rng.choice(["words", "doodles", "bare", "ground"], p=(0.35, 0.2, 0.2, 0.25)))
    text = ""
    if kind == "words":
        counts = rng.integers(1, 6, int(rng.integers(1, 9)))
        text = "\n".join(" ".join(random_word(rng, alphabet) for _ in range(count)) for count in counts)
        if rng.random() < 0.4:
            manner = Manner(clutter=(str(rng.choice(["underline", "circle", "frame", "tick", "arrow", "table"])),))
    elif kind == "doodles":
        kinds = ["doodle", "hatch", "frame", "arrow", "blot", "stain", "cross", "tick", "circle", "underline"]
        manner = Manner(clutter=tuple(rng.choice(kinds, int(rng.integers(1, 5))).tolist()))
    elif kind == "ground":
        scene = replace(scene, paper=str(rng.choice(list(GROUNDS))), traces=(), desk=False, folded=False)
    return Plan(text, replace(scene, fill=float(rng.uniform(0.4, 0.9))), manner)


def random_word(rng: np.random.Generator, alphabet: str) -> str:
    """Give letters that look like a word: small ones, at times with a capital, or capitals only."""
    small = [letter for letter in alphabet if letter.islower()]
    large = [letter for letter in alphabet if letter.isupper()]
    length = int(rng.integers(2, 9))
    if not small or rng.random() < 0.2:
        return "".join(rng.choice(large, min(length, 5)))
    word = "".join(rng.choice(small, length))
    return str(rng.choice(large)) + word[1:] if large and rng.random() < 0.4 else word


def random_text(rng: np.random.Generator, alphabet: str = "") -> str:
    """Give 1 to 12 rows of 1 to 12 digits; with an alphabet, signs between numbers or words beside them at times."""
    kind = str(rng.choice(["row", "rows", "many", "column"], p=(0.42, 0.34, 0.12, 0.12)))
    fewest, most = {"row": (1, 1), "rows": (2, 4), "many": (5, 12), "column": (3, 10)}[kind]
    count = int(rng.integers(fewest, most + 1))
    longest = int(rng.choice([2, 3, 4, 6, 8, 12], p=(0.1, 0.15, 0.22, 0.25, 0.16, 0.12)))
    if kind == "column":
        longest = min(longest, 4)
    rows = [_row(int(rng.integers(1, longest + 1)), rng) for _ in range(count)]
    if not alphabet:
        return "\n".join(rows)
    written = float(rng.random())
    if written < 0.35:
        rows = [_with_sign(row, rng) if rng.random() < 0.7 else row for row in rows]
    elif written < 0.5:
        rows = [_with_point(row, rng) for row in rows]
    elif written < 0.7:
        rows = [f"{random_word(rng, alphabet)} {row}" if rng.random() < 0.6 else row for row in rows]
    elif written < 0.82:
        rows.insert(int(rng.choice([0, len(rows)])), random_word(rng, alphabet))
    return "\n".join(rows)


def _row(length: int, rng: np.random.Generator) -> str:
    digits = "".join(rng.choice(list(DIGITS), length))
    if rng.random() < 0.06:
        digits = digits[0] * length
    if length > 2 and rng.random() < 0.3:
        for _ in range(int(rng.integers(1, 3))):
            cut = int(rng.integers(1, len(digits)))
            digits = f"{digits[:cut]} {digits[cut:]}"
    return " ".join(digits.split())


def _with_sign(row: str, rng: np.random.Generator) -> str:
    digits = row.replace(" ", "")
    if len(digits) < 2:
        return f"{rng.choice(list('+-'))} {digits}"
    cut = int(rng.integers(1, len(digits)))
    blank = str(rng.choice(["", " "]))
    result = f"{blank}={blank}{rng.integers(0, 100)}" if rng.random() < 0.4 else ""
    return f"{digits[:cut]}{blank}{rng.choice(list('+-x/:='))}{blank}{digits[cut:]}{result}"


def _with_point(row: str, rng: np.random.Generator) -> str:
    cut = int(rng.integers(1, len(row))) if len(row) > 1 else 0
    return f"{row[:cut].strip()}{rng.choice(list('.,'))}{row[cut:].strip()}" if cut else row


def _into_columns(text: str, rng: np.random.Generator) -> str:
    """Give every row the same number of groups."""
    columns = int(rng.integers(2, 5))
    cells = [str(rng.integers(0, 10 ** int(rng.integers(1, 4)))) for _ in range(columns * (text.count("\n") + 1))]
    return "\n".join(" ".join(cells[i : i + columns]) for i in range(0, len(cells), columns))


def _shorten(text: str, size: tuple[int, int], scene: Scene, manner: Manner) -> str:
    """Drop rows and the ends of rows until the digits are high enough to be read."""
    rows = text.split("\n")
    smallest = _SMALLEST / scene.shrink
    mean = 1 + (manner.sizes - 1) / 2
    most = max(1, int(scene.fill * 0.85 * size[1] / (smallest * 2.0 * mean)))
    longest = max(2, int(scene.fill * 0.85 * size[0] / (smallest * max(1.1, manner.cell) * manner.sizes)))
    return "\n".join(row[:longest].strip(" +-x/:=.,") or "0" for row in rows[:most])


def _small_fill(text: str, size: tuple[int, int], manner: Manner, rng: np.random.Generator) -> float:
    """Give the share of the picture that a text takes whose digits are small, but can just be read."""
    height = max(_LEAST, float(rng.uniform(12, 27)) * size[0] / 1280)
    rows = text.split("\n")
    wide, tall = max(len(row) for row in rows) * max(0.8, manner.cell), 1.85 * len(rows) - 0.85
    return float(np.clip(height * max(wide / size[0], tall / size[1]), 0.02, 0.9))


def _manner(hardships: set[str], scene: Scene, rng: np.random.Generator) -> Manner:
    clutter: tuple[str, ...] = ()
    if "clutter" in hardships:
        kinds = ("underline", "double underline", "circle", "box", "frame", "table", "strike", "tick", "cross", "arrow",
                 "stain", "blot", "doodle", "hatch", "sum line")
        weights = np.array([3, 1, 2, 2, 2, 1.5, 3, 1.5, 1, 1.5, 1.5, 1.5, 1, 0.7, 1])
        clutter = tuple(rng.choice(kinds, int(rng.integers(1, 4)), replace=False, p=weights / weights.sum()).tolist())
    align = str(rng.choice(["left", "right", "centre", "scattered", "columns"], p=(0.62, 0.08, 0.08, 0.12, 0.1)))
    sizes = float(np.exp(rng.uniform(np.log(1.5), np.log(10)))) if "sizes" in hardships else 1.0
    in_cells = scene.paper == "form" and rng.random() < 0.65
    return Manner(
        spacing=float(rng.uniform(0.02, 0.14)) if rng.random() < 0.25 else None,
        touching=float(rng.uniform(0.15, 0.7)) if "touching" in hardships else 0.0,
        broken=float(rng.uniform(0.3, 0.8)) if "broken" in hardships else 0.0,
        sizes=1.0 if in_cells else sizes,
        uneven=float(rng.uniform(0, 0.12)) if rng.random() < 0.5 else 0.0,
        habit=float(rng.uniform(0, 0.14)) if rng.random() < 0.6 else 0.0,
        wave=float(rng.uniform(0, 0.06)) if rng.random() < 0.4 else 0.0,
        align=align,
        cell=float(rng.uniform(1.0, 1.5)) if in_cells else 0.0,
        clutter=clutter,
        inks=rng.random() < 0.08,
    )


def _scene(hardships: set[str], rng: np.random.Generator) -> Scene:
    paper = _paper(hardships, rng)
    # A camera sets its exposure by the mean of the picture: white paper comes out grey, a dark board too bright.
    exposure = float(np.clip(rng.normal(0.76, 0.13), 0.42, 1.1)) * (1.5 if paper in DARK_PAPERS else 1.0)
    scene = Scene(
        paper=paper,
        pen=_pen(paper, "pen" in hardships, rng),
        fill=float(rng.uniform(0.3, 0.9)),
        desk=paper not in ("whiteboard", "blackboard", "canvas") and rng.random() < 0.12,
        ground=str(rng.choice(["wood", "cloth", "grass"])) if rng.random() < 0.6 else None,
        tilt=float(min(abs(rng.normal(0, 4)), 9)),
        rotation=float(np.clip(rng.normal(0, 2.5), -7, 7)),
        slope=float(rng.beta(1.5, 4)) * 0.5,
        vignette=float(rng.beta(1.5, 3)) * 0.55,
        exposure=exposure,
        warmth=float(np.clip(rng.normal(0.01, 0.06), -0.15, 0.18)),
        tinge=float(np.clip(rng.normal(-0.01, 0.03), -0.1, 0.06)),
        blur=float(rng.gamma(2.0, 0.3)),
        noise=float(rng.gamma(2.0, 1.4)),
        sharpen=float(rng.uniform(0.2, 1.2)) if rng.random() < 0.3 else 0.0,
        quality=int(rng.integers(60, 97)),
    )
    if paper == "canvas":
        scene = replace(scene, slope=0.0, vignette=0.0, exposure=1.0, warmth=0.0, tinge=0.0)
        scene = replace(scene, noise=0.0, tilt=0.0, blur=0.0, sharpen=0.0)
    for hardship, change in _CHANGES.items():
        if hardship in hardships:
            scene = replace(scene, **change(scene, rng))
    return scene


def _shadow(scene: Scene, rng: np.random.Generator) -> dict[str, Any]:
    hand = rng.random() < 0.3
    return {
        "shadow": float(rng.uniform(0.15, 0.6)),
        "softness": float(rng.choice([0.01, 0.02, 0.05] if hand else [0.002, 0.01, 0.03, 0.08])),
        "shadows": 1 if hand else int(rng.choice([1, 2, 3], p=(0.7, 0.2, 0.1))),
        "caster": "hand" if hand else "edge",
        "flash": float(rng.uniform(0.1, 0.5)) if rng.random() < 0.25 else 0.0,
    }


def _tilt(scene: Scene, rng: np.random.Generator) -> dict[str, Any]:
    way = float(rng.random())
    turned = float(rng.uniform(9, 30)) * float(rng.choice([-1, 1]))
    return {
        "tilt": float(rng.uniform(11, 25)) if way < 0.65 else scene.tilt,
        "rotation": turned if way > 0.45 else scene.rotation,
    }


def _sheet(scene: Scene, rng: np.random.Generator) -> dict[str, Any]:
    if scene.paper in ("canvas", "whiteboard", "blackboard"):
        return {}
    traces = tuple(rng.choice(["showthrough", "crumple", "punched", "spiral", "finger"], int(rng.integers(1, 3)),
                              replace=False, p=(0.2, 0.25, 0.12, 0.13, 0.3)).tolist())
    return {"traces": traces, "folded": rng.random() < 0.35, "desk": scene.desk or rng.random() < 0.4}


def _lens(scene: Scene, rng: np.random.Generator) -> dict[str, Any]:
    ways: list[dict[str, Any]] = [
        {"blur": float(rng.uniform(1.2, 2.6))},
        {"shake": float(rng.uniform(2, 8))},
        {"noise": float(rng.uniform(6, 16))},
        {"shrink": float(rng.uniform(0.45, 0.8))},
        {"quality": int(rng.integers(25, 60)), "sharpen": float(rng.uniform(0.8, 2.0))},
    ]
    return ways[int(rng.integers(len(ways)))]


_CHANGES: dict[str, Callable[[Scene, np.random.Generator], dict[str, Any]]] = {
    "shadow": _shadow, "tilt": _tilt, "sheet": _sheet, "lens": _lens,
}


def _paper(hardships: set[str], rng: np.random.Generator) -> str:
    if "ruled" in hardships:
        return str(rng.choice(sorted(RULED_PAPERS)))
    free = [paper for paper in PAPERS if paper not in RULED_PAPERS]
    usual = {"plain": 9.0, "whiteboard": 1.6, "blackboard": 1.2, "coloured": 1.2, "canvas": 0.5}
    weights = np.array([usual.get(paper, 0.8) for paper in free])
    return str(rng.choice(free, p=weights / weights.sum()))


def _pen(paper: str, odd: bool, rng: np.random.Generator) -> str:
    """Draw a pen that people write with on such a paper; an odd one is faint, thick, coloured or hair-thin."""
    if paper in DARK_PAPERS:
        return str(rng.choice(["chalk", "liquid", "paint"], p=(0.6, 0.25, 0.15)))
    if paper == "whiteboard":
        return str(rng.choice(["whiteboard", "dry"], p=(0.3, 0.7) if odd else (0.9, 0.1)))
    if paper == "kraft":
        return str(rng.choice(["marker", "gel", "felt"]))
    if odd:
        return str(rng.choice(["faint", "felt", "fineliner", "marker"], p=(0.4, 0.25, 0.25, 0.1)))
    usual = ["ballpoint", "gel", "fountain", "pencil", "marker", "fineliner", "felt"]
    return str(rng.choice(usual, p=(0.27, 0.25, 0.07, 0.12, 0.15, 0.08, 0.06)))
