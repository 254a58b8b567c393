"""Pen strokes to pages: pictures of handwriting that know what is written in them."""

from camcount.synthesis.hand import Hand, Strokes, Writer
from camcount.synthesis.page import Page, draw_page, make_page
from camcount.synthesis.scene import Scene, random_scene

__all__ = ["Hand", "Page", "Scene", "Strokes", "Writer", "draw_page", "make_page", "random_scene"]
