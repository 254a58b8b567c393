"""camcount explain: the ink that matters is shown where it is, and a mark that was refused is told why."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from material import picture

from camcount.classify import CLASSES, NOT_A_DIGIT, load_classifier
from camcount.cli import main
from camcount.crop import cut_to_ink
from camcount.explain import MOST_REFUSED, Explanation, explain_frame, find_weights, weigh_ink
from camcount.heat import AGAINST, FOR, WIDTH, draw_explanations
from camcount.reader import Reader
from camcount.types import Box, Crops, Frame, Image, Probabilities

SAMPLE = "samples/shadow.jpg"


def explain(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["explain", *map(str, arguments)], catch_exceptions=False)


def load(path: str) -> Image:
    image = cv2.imread(path)
    assert image is not None
    return np.asarray(image, np.uint8)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def corners(crops: Crops) -> Probabilities:
    """Tell a 4 for ink in the upper left quarter, a 9 for ink in the lower right one, both as sure as there is much."""
    ink = crops.astype(np.float64) / 255
    odds = np.zeros((len(crops), CLASSES))
    odds[:, 4], odds[:, 9] = ink[:, :14, :14].sum((1, 2)) ** 1.2, ink[:, 14:, 14:].sum((1, 2)) ** 1.2
    shares = np.exp(odds - odds.max(axis=1, keepdims=True))
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def test_ink_speaks_where_it_counts() -> None:
    crop = np.zeros((28, 28), np.uint8)
    crop[4:8, 4:8] = crop[4:8, 20:24] = crop[20:24, 20:24] = 255
    heat = weigh_ink(corners, crop, 4, 9)
    assert heat.shape == (28, 28) and not heat[crop == 0].any()
    assert (heat[4:8, 4:8] > 0.5).all(), "for the 4"
    assert (heat[20:24, 20:24] < -0.5).all(), "for the 9"
    assert np.abs(heat[4:8, 20:24]).max() < 1e-6, "for neither"
    assert weigh_ink(corners, crop, 9, 4) == pytest.approx(-heat)


def test_of_a_network_that_only_weighs_pixels_its_weights_are_told() -> None:
    weights = np.random.default_rng(5).normal(0, 0.02, (10, 28, 28))

    def softmax(crops: Crops) -> Probabilities:
        odds = np.einsum("nyx,kyx->nk", crops / 255.0, weights) * 255 / 100
        shares = np.exp(odds - odds.max(axis=1, keepdims=True))
        return np.pad(shares / shares.sum(axis=1, keepdims=True), ((0, 0), (0, 1))).astype(np.float32)

    found = find_weights(softmax)
    assert found is not None
    centred = weights - weights.mean(axis=0)
    assert found == pytest.approx(centred / 100, abs=2e-5)
    crop = picture("3", 7)
    heat = weigh_ink(softmax, crop, 3, 8, found)
    assert heat == pytest.approx((found[3] - found[8]) * crop, abs=1e-4)
    probabilities = softmax(crop[None])[0]
    told = np.log(probabilities[3] / probabilities[8])
    assert heat.sum() == pytest.approx(told, abs=0.02), "all ink together is what was told"


def test_no_other_network_is_taken_for_one_that_only_weighs_pixels() -> None:
    assert find_weights(load_classifier()) is None and find_weights(corners) is None


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_the_weights_of_softmax_regression_are_those_of_keras(tmp_path: Path) -> None:
    import keras

    from camcount.training.architectures import ARCHITECTURES

    keras.utils.set_random_seed(3)
    model = ARCHITECTURES["softmax"](10)
    model.save(tmp_path / "softmax.keras")
    found = find_weights(load_classifier(tmp_path / "softmax.keras"))
    assert found is not None
    kernel = next(array for array in model.get_weights() if array.shape == (784, 10)).T.reshape(10, 28, 28)
    wanted = (kernel - kernel.mean(axis=0)) / 255
    assert found == pytest.approx(wanted, abs=2e-5) and np.abs(wanted).max() > 1e-4


@pytest.mark.parametrize(
    ("turn", "back"), [(None, "auto"), (cv2.ROTATE_90_CLOCKWISE, "270"), (cv2.ROTATE_180, "180")]
)
def test_the_heat_lies_on_the_ink_of_the_photo(turn: int | None, back: str) -> None:
    image = load(SAMPLE)
    image = image if turn is None else np.asarray(cv2.rotate(image, turn), np.uint8)
    told = [each for each in explain_frame(Reader(rotate=back), Frame(image)) if each.read]
    assert "".join(each.value for each in told) == "9463"
    paper = cv2.medianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), 61).astype(int)
    dark = paper - cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    for each in told:
        laid = cv2.warpAffine(each.crop, each.matrix, image.shape[1::-1])
        # A crop has thickened strokes: what lies in their middle is ink, what is far from them is none.
        middle, far = cv2.erode(laid, np.ones((5, 5), np.uint8)) > 200, cv2.dilate(laid, np.ones((9, 9), np.uint8)) == 0
        x0, y0, x1, y1 = each.box
        assert middle[y0:y1, x0:x1].sum() > 0.99 * middle.sum() > 0
        inside = np.zeros_like(far)
        inside[y0:y1, x0:x1] = True
        assert dark[middle].mean() > 5 * max(1.0, float(dark[far & inside].mean()))


def test_a_mark_that_was_refused_is_told_why(reader: Reader) -> None:
    told = explain_frame(reader, Frame(load("samples/graph.jpg")))
    refused = [each for each in told if not each.read]
    assert "".join(each.value for each in told if each.read) == "318690"
    assert 5 < len(refused) <= MOST_REFUSED
    reasons = [each.reason for each in refused]
    assert any("might be a 1" in reason and "times as high as the digits" in reason for reason in reasons)
    assert any("only 0.2 times as dark" in reason for reason in reasons)
    assert any(reason.startswith("looks like no digit") for reason in reasons)
    assert {each.rival for each in refused} == {"not a digit"}
    letters = np.full((200, 400, 3), 255, np.uint8)
    for i, letter in enumerate("KMWX"):
        cv2.putText(letters, letter, (40 + 80 * i, 130), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 5)
    told = explain_frame(reader, Frame(letters))
    assert len(told) == 4 and not any(each.read for each in told)
    assert all(each.rival_share > each.share for each in told)


def test_a_network_that_knows_digits_only_does_not_tell_of_none() -> None:
    def ten(crops: Crops) -> Probabilities:
        return np.tile(np.float32([0.08] * 4 + [0.28] + [0.08] * 5 + [0]), (len(crops), 1))

    image = np.full((200, 400, 3), 255, np.uint8)
    cv2.putText(image, "W", (150, 130), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 5)
    told = [each for each in explain_frame(Reader(classifier=ten), Frame(image)) if not each.read]
    assert told and all(each.reason == "no digit clearly: likeliest a 4, 28 %" for each in told)
    assert {each.rival for each in told} == {"0"}


@pytest.mark.parametrize(("gap", "touching"), [(-4, True), (4, False)])
def test_only_digits_that_touch_are_told_to(gap: int, touching: bool, reader: Reader) -> None:
    image = np.full((300, 500, 3), 240, np.uint8)
    x = 80
    for digit, hand in zip("350", (3, 4, 5)):
        ink = cv2.resize(cut_to_ink(picture(digit, hand)), None, fx=4, fy=4) > 110
        image[100 : 100 + ink.shape[0], x : x + ink.shape[1]][ink] = 40
        x += ink.shape[1] + 2 * gap
    reasons = [each.reason for each in explain_frame(reader, Frame(image)) if each.read]
    assert len(reasons) == 3
    assert any("it touches another" in reason for reason in reasons) == touching
    assert any("read together with what stands beside it" in reason for reason in reasons)


def test_a_digit_that_is_not_sure_enough_is_told(reader: Reader) -> None:
    strict = Reader(min_confidence=0.99999)
    told = explain_frame(strict, Frame(load(SAMPLE)))
    assert any(each.read and each.reason.startswith("not sure enough to be shown: ") for each in told)


def heated(heat: float, box: Box) -> Explanation:
    crop = np.full((28, 28), 255, np.uint8)
    matrix = np.array([[box.width / 28, 0, box.x0], [0, box.height / 28, box.y0]])
    told = np.full((28, 28), heat, np.float32)
    return Explanation("4", 0.9, "9", 0.1, True, "since " * 30, box, crop, told, matrix)


def test_blue_speaks_for_and_vermillion_against() -> None:
    image = np.full((480, 640, 3), 255, np.uint8)
    boxes = Box(100, 100, 156, 156), Box(300, 100, 356, 156)
    drawn = draw_explanations(image, [heated(2.0, boxes[0]), heated(-0.5, boxes[1])])
    assert drawn.shape[1] >= WIDTH
    top, left = drawn.shape[0] - 480 - 128, (drawn.shape[1] - 640) // 2
    for box, colour in zip(boxes, (FOR, AGAINST)):
        assert tuple(drawn[top + 128, left + (box.x0 + box.x1) // 2].tolist()) == colour
    assert (draw_explanations(image, [], "no ink") != 255).any()


@pytest.mark.parametrize("size", [(1, 1), (30, 700), (2200, 3000)])
def test_pictures_of_any_size_are_drawn(reader: Reader, size: tuple[int, int]) -> None:
    image = np.full((*size, 3), 230, np.uint8)
    cv2.putText(image, "71", (size[1] // 3, size[0] // 2), cv2.FONT_HERSHEY_SIMPLEX, 1, (20, 20, 20), 2)
    told = explain_frame(reader, Frame(image))
    assert draw_explanations(image, told).shape[1] >= WIDTH


def test_the_command_writes_a_picture_and_tells_what_is_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = Path(SAMPLE).resolve()
    monkeypatch.chdir(tmp_path)
    result = explain(photo)
    assert result.exit_code == 0, result.output
    rows = result.stdout.splitlines()
    assert rows[0] == "shadow-explained.png" and rows[2].split()[:4] == ["1", "9", "4", "9"]
    assert cv2.imread("shadow-explained.png").shape[1] >= WIDTH
    again = explain(photo)
    assert again.exit_code == 6 and "exists already" in again.stderr
    result = explain(photo, "--json", "--output", "other.png")
    told = json.loads(result.stdout)
    marks = told["marks"]
    assert told["output"] == "other.png" and "".join(mark["value"] for mark in marks if mark["read"]) == "9463"
    assert np.array(marks[0]["heat"]).shape == (28, 28) and len(marks[0]["box"]) == 4


def test_a_picture_without_marks_is_told(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "dark.png"), np.full((300, 400, 3), 10, np.uint8))
    result = explain(tmp_path / "dark.png", "--output", tmp_path / "x.png")
    assert result.exit_code == 0 and "nothing is read, too dark" in result.stdout
    assert cv2.imread(str(tmp_path / "x.png")).shape[1] >= WIDTH


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["gone.jpg"], 3, "gone.jpg"), ([], 2, "Missing argument 'IMAGE'"),
        ([SAMPLE, "--output", "x.jpg"], 2, "x.jpg must end in .png"),
        ([SAMPLE, "--model", "gone.tflite"], 5, "no such model"),
    ],
)
def test_what_cannot_be_explained_is_told(arguments: list[str], code: int, said: str) -> None:
    result = explain(*arguments)
    assert result.exit_code == code and said in result.stderr


def test_not_a_digit_is_no_rival_of_a_digit_that_was_read(reader: Reader) -> None:
    told = explain_frame(reader, Frame(load(SAMPLE)))
    assert all(each.rival.isdigit() and each.rival != each.value for each in told if each.read)
    assert NOT_A_DIGIT == CLASSES - 1
