"""Potentials: what glyphs are worth hangs on them and their company, and on nothing else; and they fit into a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from byhand import NEITHER, Sides, alone, clustered, row_of, table, told
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import page_of

from camcount.classify import CLASSES, shipped_model
from camcount.company import SURROUNDINGS, look_around
from camcount.errors import ModelError
from camcount.evidence import LOOKS, look_at
from camcount.marks import Glyphs
from camcount.potentials import (
    MOST, NAME, TOGETHER, Perceptron, Potentials, find_potentials, form_opinion, load_potentials, save_potentials,
    see_together,
)
from camcount.reader import Reader
from camcount.types import Frame, Probabilities

SIZE = (4000, 4000)
"""Of the frame, pixels: its rim is far from all that stands in its middle."""


@pytest.fixture(scope="module")
def potentials() -> Potentials:
    return load_potentials(find_potentials(None))


def scattered(seed: int, clusters: int) -> tuple[Glyphs, Probabilities]:
    """Give clusters of up to four parts in the middle of the frame, some of them digits."""
    rng = np.random.default_rng(seed)
    boxes: list[Sides] = []
    spans, whole = [], []
    for cluster in range(clusters):
        parts = int(rng.integers(1, 5))
        x, y, high = (float(value) for value in rng.integers((1000, 1000, 30), (2000, 1400, 90)))
        cut = bool(rng.integers(2))
        for first in range(parts):
            for last in range(first, min(first + 3, parts)):
                boxes.append((x + 33 * first, y, x + 33 * last + 30, y + high))
                spans.append((cluster, first, last))
                whole.append(last - first == parts - 1 if cut else first == last)
    glyphs = clustered(boxes, spans, rng.uniform(60, 220, len(boxes)).tolist(), whole)
    return glyphs, rng.dirichlet(np.full(CLASSES, 0.2), len(boxes)).astype(np.float32)


def picked(glyphs: Glyphs, order: npt.NDArray[np.intp]) -> Glyphs:
    """Give glyphs in another order, their clusters numbered anew."""
    cluster = glyphs.cluster[order]
    return Glyphs(
        tuple(glyphs.marks[i] for i in order), glyphs.boxes[order], glyphs.darkness[order], glyphs.halo[order],
        glyphs.whole[order], np.cumsum(np.diff(cluster, prepend=cluster[0]) != 0).astype(np.int32), glyphs.first[order],
        glyphs.last[order], glyphs.inks, glyphs.corners,
    )


@pytest.mark.parametrize(
    ("glyphs", "rows"),
    [
        pytest.param(alone([(100, 100, 130, 150)]), [told(4, 0.97)], id="a digit"),
        pytest.param(alone([(100, 100, 130, 150)]), [NEITHER], id="none"),
        pytest.param(alone(row_of("4071", 100, 100)), [NEITHER] * 4, id="nothing read"),
        pytest.param(*scattered(1, 5), id="clusters of several"),
    ],
)
def test_all_that_is_seen_of_glyphs_are_so_many_numbers(
    glyphs: Glyphs, rows: Probabilities, potentials: Potentials
) -> None:
    probabilities = table(np.asarray(rows).tolist())
    looks = look_at(glyphs, probabilities, SIZE, 1.0)
    first = potentials.alone(looks)
    around = look_around(glyphs, form_opinion(glyphs, probabilities, first))
    together = see_together(glyphs, probabilities, looks, first)
    assert looks.shape == (len(glyphs), LOOKS)
    assert around.shape == (len(glyphs), SURROUNDINGS)
    assert together.shape == (len(glyphs), TOGETHER)
    assert np.isfinite(together).all() and together.dtype == looks.dtype == np.float32
    told_of = potentials(glyphs, probabilities, SIZE)
    assert told_of.shape == (len(glyphs), 2) and (np.abs(told_of) <= MOST).all()


def test_no_glyphs_have_no_potentials(potentials: Potentials) -> None:
    assert potentials(alone([]), table([]), SIZE).shape == (0, 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 9))
def test_the_order_of_the_clusters_does_not_matter(seed: int, clusters: int) -> None:
    potentials = load_potentials(find_potentials(None))
    glyphs, probabilities = scattered(seed, clusters)
    places = [np.flatnonzero(glyphs.cluster == cluster) for cluster in range(clusters)]
    order = np.concatenate([places[i] for i in np.random.default_rng(seed).permutation(clusters)])
    expected = potentials(glyphs, probabilities, SIZE)[order]
    assert potentials(picked(glyphs, order), probabilities[order], SIZE) == pytest.approx(expected, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(-500, 500), st.integers(-500, 500))
def test_where_on_a_large_page_all_stands_does_not_matter(seed: int, x: int, y: int) -> None:
    potentials = load_potentials(find_potentials(None))
    glyphs, probabilities = scattered(seed, 6)
    moved = replace(glyphs, boxes=glyphs.boxes + np.array([x, y, x, y], np.int32))
    expected = potentials(glyphs, probabilities, SIZE)
    assert potentials(moved, probabilities, SIZE) == pytest.approx(expected, abs=1e-3)


def test_what_the_rim_of_the_picture_cuts_is_told_from_what_stands_free() -> None:
    free, cut = (look_at(alone([(x, 300, x + 30, 350)]), table([told(4, 0.9)]), (800, 600), 1.0) for x in (300, 0))
    assert not np.array_equal(free, cut)


def test_the_same_page_in_working_pixels_of_another_scale_is_as_high() -> None:
    one = look_at(alone([(300, 300, 360, 400)]), table([told(4, 0.9)]), (800, 600), 1.0)
    other = look_at(alone([(150, 150, 180, 200)]), table([told(4, 0.9)]), (800, 600), 0.5)
    assert np.abs(one - other).max() < 0.05, "but for a pixel that is added to width and height"


def test_a_doubtful_mark_is_worth_more_among_digits_than_among_letters(potentials: Potentials) -> None:
    for confidence in (0.3, 0.5, 0.7):
        for text in ("40 256", "88888 3"):
            glyphs = alone(row_of(text, 1000, 1000))
            among = []
            for others in (told(4, 0.98), NEITHER):
                rows = [others] * len(glyphs)
                rows[2] = told(7, confidence)
                among.append(potentials(glyphs, table(rows), SIZE)[2, 0])
            assert among[0] > among[1] + 1


def test_what_was_saved_is_loaded_as_it_was(tmp_path: Path, potentials: Potentials) -> None:
    path = tmp_path / NAME
    path.write_bytes(save_potentials(potentials))
    again = load_potentials(path)
    for one, other in ((potentials.alone, again.alone), (potentials.together, again.together)):
        for ours, theirs in zip(one.layers, other.layers, strict=True):
            assert all(np.array_equal(first, second) for first, second in zip(ours, theirs, strict=True))
    glyphs, probabilities = scattered(4, 6)
    assert np.array_equal(again(glyphs, probabilities, SIZE), potentials(glyphs, probabilities, SIZE))


def test_potentials_beside_a_model_are_taken_and_else_those_that_ship(tmp_path: Path) -> None:
    shipped = shipped_model().with_name(NAME)
    model = tmp_path / "digits.tflite"
    assert find_potentials(None) == find_potentials(model) == shipped
    (tmp_path / NAME).mkdir()
    assert find_potentials(model) == shipped, "a folder is no file"
    (tmp_path / NAME).rmdir()
    (tmp_path / NAME).write_bytes(b"")
    assert find_potentials(model) == tmp_path / NAME


def arrays(alone: tuple[int, ...] = (LOOKS, 2), biases: int = 2) -> dict[str, npt.NDArray[np.float32]]:
    """Give potentials of one layer each, as a file holds them."""
    return {
        "alone_weights_0": np.zeros(alone, np.float32), "alone_biases_0": np.zeros(biases, np.float32),
        "together_weights_0": np.zeros((TOGETHER, 2), np.float32), "together_biases_0": np.zeros(2, np.float32),
    }


def packed(path: Path, content: dict[str, npt.NDArray[np.float32]]) -> Path:
    np.savez(path, allow_pickle=True, **content)
    return path


def test_a_file_of_the_right_arrays_is_taken(tmp_path: Path) -> None:
    glyphs, probabilities = scattered(2, 3)
    assert not load_potentials(packed(tmp_path / NAME, arrays()))(glyphs, probabilities, SIZE).any()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({}, id="no arrays"),
        pytest.param(arrays((LOOKS + 1, 2)), id="other inputs"),
        pytest.param(arrays((LOOKS, 3), 3), id="three outputs"),
        pytest.param(arrays((LOOKS, 2), 3), id="biases that do not fit"),
        pytest.param(arrays((LOOKS,), 2), id="a vector"),
        pytest.param({name: each for name, each in arrays().items() if "biases" not in name}, id="no biases"),
        pytest.param({name: each for name, each in arrays().items() if "alone" in name}, id="half of it"),
        pytest.param({name: each.astype(object) for name, each in arrays().items()}, id="objects"),
        pytest.param({name: np.full(each.shape, "x") for name, each in arrays().items()}, id="words"),
    ],
)
def test_a_file_of_other_arrays_is_refused(tmp_path: Path, content: dict[str, npt.NDArray[np.float32]]) -> None:
    path = packed(tmp_path / NAME, content)
    with pytest.raises(ModelError, match="potentials.npz: not a file of potentials .*Install camcount anew"):
        load_potentials(path)


def spoil(content: bytes, kind: str) -> list[bytes]:
    size = len(content)
    if kind == "cut off":
        return [content[: size * share // 10] for share in range(1, 10)]
    if kind == "changed":
        places = range(200, size - 1000, size // 20)
        return [content[:place] + b"\xff" * 100 + content[place + 100 :] for place in places]
    return [b""] if kind == "empty" else [b"potentials\n" * 40]


@pytest.mark.parametrize("kind", ["empty", "text", "cut off", "changed"])
def test_a_spoiled_file_is_told_with_what_to_do(tmp_path: Path, potentials: Potentials, kind: str) -> None:
    path = tmp_path / NAME
    for content in spoil(save_potentials(potentials), kind):
        path.write_bytes(content)
        with pytest.raises(ModelError, match="potentials.npz: not a file of potentials .*Install camcount anew"):
            load_potentials(path)


def test_what_is_no_file_of_many_arrays_is_told_too(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    np.save(tmp_path / "one.npy", np.zeros(3))
    for name in ("missing", "folder", "one.npy"):
        with pytest.raises(ModelError, match=f"{name}: not a file of potentials .*Install camcount anew"):
            load_potentials(tmp_path / name)


def test_a_reader_takes_the_potentials_that_it_is_given() -> None:
    page = page_of("4071", seed=3)
    shipped = Reader()
    never = Perceptron(((np.zeros((TOGETHER, 2), np.float32), np.full(2, -9, np.float32)),))
    refusing = replace(shipped.potentials, together=never)
    assert shipped.read(Frame(page.image)).text == "4071"
    assert Reader(classifier=shipped.classifier, potentials=refusing).read(Frame(page.image)).lines == ()
