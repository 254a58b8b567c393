"""How a page looks and how it is seen, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from camcount.synthesis.grounds import GROUNDS
from camcount.synthesis.ink import PENS
from camcount.synthesis.paper import DARK_PAPERS, PAPERS
from camcount.synthesis.traces import TRACES


@dataclass(frozen=True, slots=True)
class Scene:
    """One way to take a picture of a page; the defaults are a calm one.

    Raises:
        ValueError: when the paper or the pen is unknown.
    """

    paper: str = "plain"
    """A key of `PAPERS`, or of `GROUNDS`, which nobody writes on."""
    pen: str = "gel"
    """A key of `PENS`."""
    fill: float = 0.7
    """Share of the picture that the text takes in its tighter direction."""
    spacing: float | None = None
    """Between digits, in their heights; None leaves it to chance."""
    folded: bool = False
    desk: bool = False
    """Whether the sheet ends within the picture."""
    tilt: float = 0.0
    """Of the line of sight against the upright, degrees."""
    rotation: float = 0.0
    """Of the page, clockwise, degrees."""
    shadow: float = 0.0
    """Share of the light that is lost in a shadow across the page, 0 to 1."""
    softness: float = 0.02
    """Of the shadow's edge, share of the width."""
    slope: float = 0.1
    """Share of the light that is lost from one side to the other."""
    vignette: float = 0.15
    """Share of the light that is lost in the corners."""
    flash: float = 0.0
    """How much brighter a spot is than the rest."""
    exposure: float = 0.85
    """Brightness of the picture; 1 keeps white paper white."""
    warmth: float = 0.03
    """White balance: above 0 yellowish, below 0 bluish."""
    blur: float = 0.6
    """Of the lens, deviation in pixels."""
    shake: float = 0.0
    """Length of the camera's movement while it exposed, pixels."""
    noise: float = 2.0
    """Deviation of the brightness, grey levels."""
    quality: int | None = 90
    """Of the JPEG file, 1 to 100; None leaves its traces out."""
    traces: tuple[str, ...] = ()
    """What the sheet has been through, of `TRACES`."""
    ground: str | None = None
    """What the desk is made of, a key of `GROUNDS`; None for a board of one colour."""
    shadows: int = 1
    """How many shadows there are, if there is any."""
    caster: str = "edge"
    """Whose shadow it is: "edge" of something large, or a "hand" with a phone."""
    sharpen: float = 0.0
    """How strongly a phone sharpens what it took, which leaves pale rims around the ink."""
    shrink: float = 1.0
    """Resolution of the sensor, as a share of that of the picture."""
    tinge: float = 0.0
    """White balance: above 0 greenish, below 0 violet."""

    def __post_init__(self) -> None:
        if self.paper not in PAPERS and self.paper not in GROUNDS:
            raise ValueError(f"no paper is called {self.paper!r}; there are {', '.join(PAPERS)}")
        if self.pen not in PENS:
            raise ValueError(f"no pen is called {self.pen!r}; there are {', '.join(PENS)}")
        if self.ground is not None and self.ground not in GROUNDS:
            raise ValueError(f"no ground is called {self.ground!r}; there are {', '.join(GROUNDS)}")
        for trace in self.traces:
            if trace not in TRACES:
                raise ValueError(f"no trace is called {trace!r}; there are {', '.join(TRACES)}")


def random_scene(rng: np.random.Generator) -> Scene:
    """Draw a scene by lot, as people take such pictures: most calm, some in bad light or from aslant."""
    paper = str(rng.choice(list(PAPERS)[:7], p=(0.36, 0.2, 0.13, 0.1, 0.05, 0.08, 0.08)))
    # A camera sets its exposure by the mean of the picture, so a dark board comes out brighter than it is.
    exposure = float(np.clip(rng.normal(0.82, 0.12), 0.45, 1.1)) * (1.5 if paper in DARK_PAPERS else 1.0)
    return Scene(
        paper=paper,
        pen=random_pen(paper, rng),
        fill=float(rng.uniform(0.35, 0.85)),
        folded=paper in ("plain", "ruled", "graph", "coloured") and rng.random() < 0.15,
        desk=paper not in ("whiteboard", "blackboard") and rng.random() < 0.2,
        tilt=float(min(abs(rng.normal(0, 9)), 28)),
        rotation=float(np.clip(rng.normal(0, 4), -15, 15)),
        shadow=float(rng.uniform(0.15, 0.6)) if rng.random() < 0.35 else 0.0,
        softness=float(rng.choice([0.002, 0.01, 0.04, 0.1])),
        slope=float(rng.beta(1.5, 4)) * 0.6,
        vignette=float(rng.beta(1.5, 3)) * 0.6,
        flash=float(rng.uniform(0.1, 0.4)) if rng.random() < 0.12 else 0.0,
        exposure=exposure,
        warmth=float(np.clip(rng.normal(0.02, 0.06), -0.15, 0.18)),
        blur=float(rng.gamma(2.0, 0.35)),
        shake=float(rng.uniform(1, 6)) if rng.random() < 0.15 else 0.0,
        noise=float(rng.gamma(2.0, 1.6)),
        quality=int(rng.integers(55, 97)),
    )


def random_pen(paper: str, rng: np.random.Generator) -> str:
    """Draw a pen by lot that people write with on such a paper."""
    if paper in DARK_PAPERS:
        return "chalk"
    if paper == "whiteboard":
        return "whiteboard"
    if paper == "kraft":
        return str(rng.choice(["marker", "gel"]))
    return str(rng.choice(["ballpoint", "gel", "fountain", "pencil", "marker"], p=(0.3, 0.25, 0.1, 0.15, 0.2)))
