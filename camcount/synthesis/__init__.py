"""Pen strokes to pages: pictures of handwriting that know what is written in them."""

from camcount.synthesis.hand import Hand, Strokes, Writer
from camcount.synthesis.page import Page, draw_page, make_empty, make_page
from camcount.synthesis.scene import Scene, random_scene
from camcount.synthesis.scribes import Scribes
from camcount.synthesis.truth import OTHER, TRAITS

__all__ = [
    "OTHER", "TRAITS", "Hand", "Page", "Scene", "Scribes", "Strokes", "Writer", "draw_page", "make_empty", "make_page",
    "random_scene",
]
