"""Small files of what is trained on, written by the hands of camcount's own generator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from camcount.crop import cut_to_ink, lay_mark
from camcount.synthesis import Hand
from camcount.synthesis.strokes import StrokeSet, draw_strokes

DIGITS = "0123456789"
LETTERS = "CEFHKMNPRXY"
HANDS = 30


def write(character: str, hand: int, time: int = 0) -> list[npt.NDArray[np.int16]]:
    strokes = Hand(hand)(character, np.random.default_rng([hand, time]))
    return [np.rint(stroke * 1000).astype(np.int16) for stroke in strokes]


def picture(character: str, hand: int) -> npt.NDArray[np.uint8]:
    strokes = [stroke.astype(np.float32) for stroke in write(character, hand)]
    return lay_mark(cut_to_ink(draw_strokes(strokes, np.eye(2, dtype=np.float32), 60, 6)))


def pack(characters: list[tuple[str, int]]) -> dict[str, Any]:
    """Give characters, each with its writer, as the arrays of a file of pen strokes."""
    written = [write(character, hand, 1) for character, hand in characters]
    strokes = [stroke for character in written for stroke in character]
    return {
        "pts": np.concatenate(strokes),
        "stroke_start": np.cumsum([0, *map(len, strokes)]).astype(np.int32),
        "char_start": np.cumsum([0, *map(len, written)]).astype(np.int32),
        "label": np.array([ord(character) for character, _ in characters], np.uint8),
        "writer": np.array([hand for _, hand in characters], np.int32),
    }


def recorded(characters: list[tuple[str, int]]) -> StrokeSet:
    """Give characters, each with its writer, as a file of pen strokes is loaded."""
    data = pack(characters)
    labels = tuple(chr(code) for code in data["label"])
    return StrokeSet(data["pts"], data["stroke_start"], data["char_start"], labels, data["writer"])


def make_files(folder: Path) -> dict[str, Path]:
    """Write a file of each kind that is trained on: digits, their writers, strokes of digits and letters, doodles."""
    pairs = [(digit, hand) for hand in range(HANDS) for digit in DIGITS]
    arrays: dict[str, dict[str, Any]] = {
        "digits": {
            "x_train": np.stack([picture(digit, hand) for digit, hand in pairs]),
            "y_train": np.array([int(digit) for digit, _ in pairs]),
        },
        "writers": {"train_writer": np.array([hand for _, hand in pairs])},
        "strokes": pack([(digit, hand) for digit, hand in pairs if hand < 10]),
        "letters": pack([(letter, hand) for hand in range(10) for letter in LETTERS + "AT"]),
        "doodles": {"x": np.stack([picture(letter, hand) for hand in range(4) for letter in LETTERS])},
    }
    paths = {name: folder / f"{name}.npz" for name in arrays}
    for name, content in arrays.items():
        np.savez(paths[name], **content)
    return paths
