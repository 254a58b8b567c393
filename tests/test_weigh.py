"""What is learnt of hypotheses: sheets tell the truth or that nobody knows it, and potentials are learnt from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pages import boxes_of, find, page_of

from camcount.classify import NOT_A_DIGIT, load_classifier, on_page
from camcount.evaluation.scoring import edit_distance
from camcount.form import part_ink
from camcount.reader import Reader
from camcount.segment import find_glyphs
from camcount.synthesis import Page, Scene, make_empty, make_page
from camcount.training.hypotheses import UNKNOWN, label_glyphs
from camcount.training.sheets import Sheet, cluster_slices, take_sheet
from camcount.types import Frame
from camcount.view import view_image


def blotted(share: float) -> Page:
    """Give a page with a bar across its first two digits, so many times as high as they are, that makes them one."""
    page = page_of("4071", Scene(spacing=0.3, fill=0.6), 4)
    first, second, *_ = boxes_of(page)
    image = page.image.copy()
    middle, reach = (first.y0 + first.y1) // 2, int(share * first.height / 2)
    image[middle - reach : middle + reach, first.x0 : second.x1] = 40
    return Page(image, page.lines, page.digit_map, page.traits, page.touching)


def labels_of(page: Page) -> tuple[list[int], list[int], list[list[int]]]:
    """Give what the glyphs of the first two digits' cluster show, and their labels on a sheet; and those of the others.

    Of the others, the labels of the glyphs at each of them.
    """
    view, ink, _ = part_ink(view_image(page.image))
    glyphs = find_glyphs(ink)
    first, second, *others = boxes_of(page)
    middle = (glyphs.boxes[:, 0] + glyphs.boxes[:, 2]) / ink.scale / 2
    across = set(np.flatnonzero((middle > first.x0) & (middle < second.x1)).tolist())
    (joined,) = (here for here in cluster_slices(glyphs) if across.intersection(range(here.start, here.stop)))
    shown, labels = label_glyphs(page, view, ink, glyphs).labels, take_sheet(page).labels
    return shown[joined].tolist(), labels[joined].tolist(), [labels[find(ink, glyphs, box)].tolist() for box in others]


def test_of_a_cluster_whose_digits_no_cut_gives_nobody_knows_what_to_read() -> None:
    shown, labels, others = labels_of(blotted(0.6))
    assert len(shown) > 1 and NOT_A_DIGIT in shown, "of some by themselves it is known that they are none"
    assert set(labels) == {UNKNOWN}
    assert 7 in others[0] and 1 in others[1], "of other clusters all is known as before"


def test_where_cuts_give_both_digits_all_is_known() -> None:
    shown, labels, _ = labels_of(blotted(0.3))
    assert shown == labels and {4, 0} < set(labels)


def test_a_pair_that_is_not_cut_is_left_unread() -> None:
    assert labels_of(blotted(0.8))[:2] == ([NOT_A_DIGIT], [NOT_A_DIGIT])


def test_a_sheet_is_all_that_the_reader_has_before_it_decides() -> None:
    page = page_of("4071\n225", Scene(), 3)
    view, ink, _ = part_ink(view_image(page.image))
    glyphs = find_glyphs(ink)
    sheet = take_sheet(page)
    assert np.array_equal(sheet.glyphs.boxes, glyphs.boxes) and len(sheet.labels) == len(glyphs)
    assert sheet.crops.shape == (len(glyphs), 28, 28)
    assert (sheet.size, sheet.scale) == (view.size, ink.scale)
    assert sorted(label for label in sheet.labels.tolist() if 0 <= label < NOT_A_DIGIT) == [0, 1, 2, 2, 4, 5, 7]
    assert not any(mark.size for mark in sheet.glyphs.marks), "marks are large, and nobody asks for them any more"


def test_clusters_are_slices_in_order() -> None:
    glyphs = take_sheet(make_page(3, size=(640, 480), only="touching")).glyphs
    slices = cluster_slices(glyphs)
    assert [here.start for here in slices] == [0, *[here.stop for here in slices[:-1]]]
    assert slices[-1].stop == len(glyphs)
    assert [len(set(glyphs.cluster[here].tolist())) for here in slices] == [1] * len(slices)
    assert len(slices) == len(set(glyphs.cluster.tolist()))


def drawn_sheets(seeds: range) -> list[Sheet]:
    """Draw small pages: every fourth without a digit, every second of the others with digits that touch."""
    pages = [
        make_empty(seed, (480, 360)) if seed % 4 == 0
        else make_page(seed, size=(480, 360), only="touching" if seed % 2 else None)
        for seed in seeds
    ]
    return [take_sheet(page) for page in pages]


# Keras 3.15 asks TensorFlow's arrays for a copy in a way that numpy 2 deprecates.
@pytest.mark.keras
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
class TestLearning:
    """Potentials learnt from a handful of pages."""

    def test_the_loss_falls_and_what_is_learnt_reads_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from camcount.training import weigh

        monkeypatch.setattr(weigh, "EPOCHS", (12, 12))
        classifier = load_classifier(None)
        told: list[tuple[int, float]] = []
        learnt = weigh.learn_potentials(drawn_sheets(range(16)), classifier, on_epoch=lambda *row: told.append(row))
        assert [epoch for epoch, _ in told] == [*range(12), *range(12)]
        for losses in (told[:12], told[12:]):
            assert losses[-1][1] < 0.6 * losses[0][1], losses
        texts = []
        for seed in range(6):
            reader = Reader(classifier=classifier, potentials=learnt)
            texts.append(reader.read(Frame(page_of("4071\n225 38", seed=seed).image)).text)
        assert sum(edit_distance(text, "4071\n225 38") for text in texts) <= 8, texts

    def test_the_slope_is_that_of_the_loss(self) -> None:
        from camcount.training import weigh

        sheet = take_sheet(make_page(3, size=(480, 360), only="touching"))
        rng = np.random.default_rng(5)
        labels = sheet.labels.copy()
        labels[:2] = UNKNOWN
        probabilities = on_page(load_classifier(None)(sheet.crops))
        case = weigh._Case(replace(sheet, labels=labels), probabilities, np.zeros((len(labels), 0), np.float32))
        potentials = rng.normal(0, 2, (len(labels), 2))
        slopes, loss, weight = weigh._grade(case, potentials, rng)
        assert loss > 0 and weight > 0 and np.abs(slopes).sum(axis=0).min() > 0.1
        step = 1e-5
        for i, kind in np.ndindex(potentials.shape):
            sides = []
            for sign in (1, -1):
                moved = potentials.copy()
                moved[i, kind] += sign * step
                sides.append(weigh._grade(case, moved, rng)[1])
            assert slopes[i, kind] == pytest.approx((sides[0] - sides[1]) / (2 * step), abs=1e-4)

    def test_of_what_nobody_knows_nothing_is_learnt(self) -> None:
        from camcount.training import weigh

        sheet = take_sheet(make_page(3, size=(480, 360), only="touching"))
        unknown = replace(sheet, labels=np.full(len(sheet.labels), UNKNOWN))
        probabilities = on_page(load_classifier(None)(sheet.crops))
        case = weigh._Case(unknown, probabilities, np.zeros((len(sheet.labels), 0), np.float32))
        slopes, loss, weight = weigh._grade(case, np.ones((len(sheet.labels), 2)), np.random.default_rng(1))
        assert not slopes.any() and (loss, weight) == (0, 0)

    def test_what_is_learnt_takes_the_numbers_as_they_come(self) -> None:
        from camcount.training import weigh

        rng = np.random.default_rng(2)
        mean, deviation = rng.normal(0, 3, 7).astype(np.float32), rng.uniform(0.1, 4, 7).astype(np.float32)
        model = weigh._build(7)
        numbers = rng.normal(0, 3, (20, 7)).astype(np.float32)
        baked = weigh._bake(model, mean, deviation)
        assert baked(numbers) == pytest.approx(np.asarray(model((numbers - mean) / deviation)), abs=1e-4)
