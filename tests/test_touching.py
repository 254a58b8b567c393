"""Touching digits are read as a whole: strips, who is asked about, what comes in the place of what."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from pages import boxes_of, page_of, silent
from shapes import digit

from camcount.binarize import Ink
from camcount.classify import load_classifier, on_page, shipped_model
from camcount.crop import crop_glyphs
from camcount.ctc import Spelling
from camcount.cut import find_glyphs
from camcount.errors import ModelError
from camcount.form import part_ink
from camcount.marks import Glyphs
from camcount.reader import Reader
from camcount.strip import BODY, HIGH, MARGIN, ROUNDED, WIDEST, Strip, lay_strip
from camcount.synthesis import Page, Scene, make_page
from camcount.touching import CLEAR, MOST, NAME, STRETCHED, Speller, TouchingNetwork, find_touching, read_touching
from camcount.types import Crops, Frame, Image, Probabilities
from camcount.view import view_image

TOUCHING = Scene(spacing=-0.12, fill=0.6)


def seen(page: Page) -> tuple[Ink, Glyphs, Crops, Probabilities]:
    """Read a page as far as the classifier."""
    return seen_on(page.image)


def seen_on(image: Image) -> tuple[Ink, Glyphs, Crops, Probabilities]:
    ink = part_ink(view_image(image))[1]
    glyphs = find_glyphs(ink)
    crops = crop_glyphs(ink, glyphs)
    return ink, glyphs, crops, on_page(load_classifier()(crops))


class Teller:
    """Spells every strip the same, and notes what it is asked."""

    def __init__(self, values: Sequence[int], certainty: float = 0.9) -> None:
        self.values, self.certainty = values, certainty
        self.asked: list[Strip] = []

    def __call__(self, strips: Sequence[Strip]) -> list[Spelling]:
        self.asked += strips
        shares, places = np.eye(10)[list(self.values)], (np.arange(len(self.values)) + 0.5) / len(self.values)
        return [Spelling(shares, places * strip.shape[1] / 2, self.certainty) for strip in strips]


@pytest.mark.parametrize(("height", "width"), [(28, 28), (90, 120), (10, 8), (200, 60)])
def test_a_strip_is_as_high_as_one_digit_whatever_the_ink_is(height: int, width: int) -> None:
    mark = np.zeros((height, width), np.uint8)
    cv2.rectangle(mark, (0, 0), (width - 1, height - 1), 255, max(2, height // 6))
    darkness = np.full((height, width), 20, np.uint8)
    darkness[mark > 0] = 90
    strip = lay_strip(mark, darkness)
    assert strip is not None and strip.dtype == np.uint8
    assert strip.shape == (HIGH, round(width * BODY / height) + 2 * MARGIN, 2)
    rows = np.flatnonzero(strip[..., 0].any(axis=1))
    assert (rows[0], rows[-1]) == (2, 29)
    assert strip[..., 1].max() == 255, "the darkest is black, however pale the pen"
    assert not strip[:, :MARGIN].any() and not strip[:, -MARGIN:].any()


def test_what_is_too_long_for_a_strip_is_none() -> None:
    line = np.full((20, 20 * WIDEST // BODY), 255, np.uint8)
    assert lay_strip(line, line) is None


def test_digits_take_the_place_of_the_cluster_that_they_were_read_from() -> None:
    page = page_of("40", TOUCHING, 4)
    ink, glyphs, crops, probabilities = seen(page)
    assert len(glyphs.inks) == 1 and len(glyphs) > 1, "one cluster, several hypotheses"
    found, found_crops, told = read_touching(ink, glyphs, crops, probabilities, Teller([4, 0]))
    assert len(found) == len(found_crops) == len(told) == 2
    assert found.cluster.tolist() == [0, 1] and not found.whole.any()
    assert told[:, :10].argmax(axis=1).tolist() == [4, 0]
    assert told.sum(axis=1) == pytest.approx([1, 1], abs=1e-5) and told[:, 10] == pytest.approx([0.1, 0.1], abs=1e-5)
    for box, wanted in zip((found.boxes / ink.scale).tolist(), boxes_of(page)):
        assert (box[0] + box[2]) / 2 == pytest.approx((wanted.x0 + wanted.x1) / 2, abs=0.25 * wanted.width)
    parts = np.zeros_like(ink.mask)
    for mark, (x0, y0, x1, y1) in zip(found.marks, found.boxes.tolist()):
        parts[y0:y1, x0:x1] |= mark
    assert np.array_equal(parts > 0, ink.mask > 0), "all of its ink, and nothing else"


@pytest.mark.parametrize(
    "network", [silent, Teller([4]), Teller([4, 0], certainty=0.4)], ids=["nothing", "one digit", "unsure"]
)
def test_cuts_stay_where_the_strip_says_no_more(network: Speller) -> None:
    ink, glyphs, crops, probabilities = seen(page_of("40", TOUCHING, 4))
    assert read_touching(ink, glyphs, crops, probabilities, network) == (glyphs, crops, probabilities)


def test_of_what_is_surely_one_digit_nobody_asks() -> None:
    teller = Teller([1, 1], certainty=1.0)
    ink, glyphs, crops, probabilities = seen(page_of("208", Scene(spacing=0.3), 4))
    assert read_touching(ink, glyphs, crops, probabilities, teller)[0] is glyphs and not teller.asked


def test_a_strip_must_be_surer_than_that_all_of_it_is_one_digit() -> None:
    ink, glyphs, crops, probabilities = seen(page_of("40", TOUCHING, 4))
    all_ = int(np.argmax((glyphs.first == 0) & (glyphs.last == glyphs.last.max())))
    probabilities[all_] = np.eye(11)[4] * 0.95 + np.eye(11)[10] * 0.05
    assert read_touching(ink, glyphs, crops, probabilities, Teller([4, 0], 0.94))[0] is glyphs
    assert len(read_touching(ink, glyphs, crops, probabilities, Teller([4, 0], 0.96))[0]) == 2


def sheet(*rows: tuple[int, str]) -> Image:
    """Write rows of digits 60 pixels high, each below its row of pixels; a digit and the next but a space may touch."""
    image = np.full((480, 640, 3), 235, np.uint8)
    for top, text in rows:
        for place, character in enumerate(text):
            if character != " ":
                mark = digit(character, 60, 7)
                image[top : top + len(mark), 60 + 36 * place :][:, : mark.shape[1]][mark > 0] = 40
    return np.asarray(cv2.GaussianBlur(image, (3, 3), 0))


def test_rows_that_touch_are_read_row_by_row() -> None:
    page = sheet((60, "4  8  0  6"), (180, "42    73"), (244, "85    69"))
    _, ink, _ = part_ink(view_image(page))
    assert len(find_glyphs(ink).inks) == 6, "two blocks of two rows hang together"
    assert [line.text for line in Reader().read(Frame(page)).lines] == ["4806", "42 73", "85 69"]


def test_columns_of_single_digits_that_touch_are_read_row_by_row() -> None:
    page = sheet((60, "4  8  0  6"), (180, "4  2  8  6"), (244, "7  9  3  5"))
    assert [line.text for line in Reader().read(Frame(page)).lines] == ["4806", "4286", "7935"]


def test_without_other_digits_nobody_knows_how_high_a_row_is() -> None:
    teller = Teller([4, 2])
    ink, glyphs, crops, probabilities = seen_on(sheet((180, "42"), (244, "85")))
    read_touching(ink, glyphs, crops, probabilities, teller)
    assert len(teller.asked) == 1, "the whole block, not its rows"


def test_a_strip_in_doubt_is_looked_at_again_narrower_and_wider(monkeypatch: pytest.MonkeyPatch) -> None:
    network = TouchingNetwork(find_touching(None))
    seen_widths: list[int] = []
    look = network.look

    def noting(strips: Sequence[Strip]) -> list[npt.NDArray[np.float32]]:
        seen_widths.extend(strip.shape[1] for strip in strips)
        return look(strips)

    monkeypatch.setattr(network, "look", noting)
    ink, glyphs, *_ = seen(page_of("40", TOUCHING, 4))
    (x, y), mark = glyphs.corners[0].tolist(), glyphs.inks[0]
    clear = lay_strip(mark, ink.darkness[y : y + mark.shape[0], x : x + mark.shape[1]])
    assert clear is not None
    blot = np.full((HIGH, 40, 2), 128, np.uint8)
    blot[8:20, 5:30] = 255
    told = network([clear, blot])
    assert told[0].values == (4, 0) and told[0].likelihood > CLEAR
    assert seen_widths == [clear.shape[1], 40, *(round(40 * stretch) for stretch in STRETCHED)]


def test_of_a_crowd_only_so_many_are_asked_about() -> None:
    ink, glyphs, crops, _ = seen(page_of("\n".join(["208635 972486"] * 6), size=(1280, 720)))
    nothing_sure = np.full((len(glyphs), 11), 1 / 11, np.float32)
    teller = Teller([1])
    read_touching(ink, glyphs, crops, nothing_sure, teller)
    assert len(glyphs.inks) > MOST >= len(teller.asked) > MOST / 2


def test_without_ink_nothing_is_asked() -> None:
    ink, glyphs, crops, probabilities = seen(page_of("", Scene(), 3))
    assert len(read_touching(ink, glyphs, crops, probabilities, TouchingNetwork(find_touching(None)))[0]) == 0


def test_the_network_spells_strips_alike_alone_and_among_others() -> None:
    network = TouchingNetwork(find_touching(None))
    strips = []
    for text in ("40", "23", "596"):
        ink, glyphs, *_ = seen(page_of(text, TOUCHING, 4))
        strips += [
            lay_strip(mark, ink.darkness[y : y + mark.shape[0], x : x + mark.shape[1]])
            for mark, (x, y) in zip(glyphs.inks, glyphs.corners.tolist())
        ]
    laid = [strip for strip in strips if strip is not None]
    assert len(laid) > 2 and network([]) == []
    together = network(laid)
    for strip, told in zip(laid, together):
        (alone,) = network([strip])
        assert alone.values == told.values
        assert alone.likelihood == pytest.approx(told.likelihood, abs=1e-4)
    assert {strip.shape[1] % ROUNDED for strip in laid} != {0}


def test_touching_numbers_are_read_that_no_cut_parts() -> None:
    """On pages of touching digits, in hands of camcount's own, the strips find digits that the cuts do not."""
    right = {"cuts": 0, "strips": 0}
    readers = {"cuts": Reader(touching=silent), "strips": Reader()}
    pairs = 0
    for seed in range(40, 64):
        page = make_page(seed, size=(800, 600), only="touching")
        pairs += len(page.touching)
        truth = [line.text for line in page.lines]
        for name, reader in readers.items():
            read = [line.text for line in reader.read(Frame(page.image)).lines]
            right[name] += sum(text in read for text in truth)
    assert pairs > 30
    assert right["strips"] > 1.15 * right["cuts"], right


def test_the_network_beside_a_model_is_taken_else_the_one_that_ships(tmp_path: Path) -> None:
    shipped = shipped_model().with_name(NAME)
    model = tmp_path / "digits.tflite"
    assert find_touching(None) == find_touching(model) == shipped
    (tmp_path / NAME).write_bytes(shipped.read_bytes())
    assert find_touching(model) == tmp_path / NAME


def test_what_is_no_network_for_strips_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model. Install camcount anew"):
        TouchingNetwork(tmp_path / "gone.tflite")
    (tmp_path / "broken.tflite").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="broken.tflite is not a LiteRT model"):
        TouchingNetwork(tmp_path / "broken.tflite")
    with pytest.raises(ModelError, match="does not read strips of touching digits"):
        TouchingNetwork(shipped_model())
