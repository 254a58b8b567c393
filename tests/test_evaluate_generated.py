"""camcount evaluate --generated: pages of which every digit is known, from the seed to the table."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from conftest import drawn
from material import DIGITS, make_files

from camcount.classify import shipped_model
from camcount.cli import main
from camcount.evaluation.generated import Drawing, Drawn, false_alarms_by_trait, judge_drawn, scores_by_trait
from camcount.synthesis import TRAITS, Page, make_page
from camcount.synthesis.seeds import EVALUATION_SEEDS
from camcount.synthesis.strokes import load_strokes
from camcount.types import Box, Digit, Line, Reading

SMALL = "--size", "480x270"


def evaluate(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_files(tmp_path_factory.mktemp("data"))


def with_card(folder: Path, **more: Any) -> Path:
    """Give a copy of the shipped model whose card tells more."""
    model = Path(shutil.copy(shipped_model(), folder))
    card = json.loads(shipped_model().with_suffix(".json").read_text(encoding="utf-8"))
    card.pop("held_out", None)
    model.with_suffix(".json").write_text(json.dumps(card | more), encoding="utf-8")
    return model


def made(*traits: str, touching: tuple[tuple[int, int], ...] = ()) -> Page:
    """A page with 407 and 12 of which the traits are told, not seen."""
    lines = drawn("407\n12").reading.lines
    return Page(np.zeros((480, 640, 3), np.uint8), lines, np.zeros((480, 640), np.uint16), frozenset(traits), touching)


def reading(*lines: Line) -> Reading:
    return Reading(lines, (640, 480))


def test_traits_group_the_pages_and_one_page_counts_in_several() -> None:
    right, wrong = reading(*made().lines), reading(made().lines[0])
    judged = [
        judge_drawn(made(), "a", right),
        judge_drawn(made("tilt", "ruled"), "b", wrong),
        judge_drawn(made("tilt"), "c", right),
    ]
    scores = scores_by_trait(judged)
    assert {name: score.pages for name, score in scores.items()} == {"ALL": 3, "calm": 1, "ruled": 1, "tilt": 2}
    assert list(scores) == [name for name in ("ALL", "calm", *TRAITS) if name in scores]
    assert [scores[name].digit_accuracy for name in ("calm", "ruled", "tilt")] == [1.0, 0.6, 0.8]
    assert judged[1].result.page.category == "ruled, tilt"


def test_a_touching_pair_is_exact_when_both_stand_read_at_their_places() -> None:
    page = made("touching", touching=((1, 2), (3, 4)))
    four, zero, seven = page.lines[0].digits
    changed = Digit("9", 0.8, zero.box, (("9", 0.8),))
    assert judge_drawn(page, "a", reading(*page.lines)).pairs == (True, True)
    assert judge_drawn(page, "a", reading(Line((four, changed, seven)), page.lines[1])).pairs == (False, True)
    far = Digit("7", 0.9, Box(500, 400, 520, 440), (("7", 0.9),))
    assert judge_drawn(page, "a", reading(Line((four, zero, far)), page.lines[1])).pairs == (True, False)


def test_neighbours_that_do_not_touch_tell_how_hard_a_page_is_anyhow() -> None:
    page = made("touching", touching=((1, 2),))
    four, zero, seven = page.lines[0].digits
    assert [len(line.digits) for line in page.lines] == [3, 2]
    assert judge_drawn(page, "a", reading(*page.lines)).beside == (True, True)
    changed = Digit("1", 0.8, seven.box, (("1", 0.8),))
    assert judge_drawn(page, "a", reading(Line((four, zero, changed)), page.lines[1])).beside == (False, True)
    assert judge_drawn(made("tilt"), "a", reading(*page.lines)).beside == (), "of pages on which some touch"


def test_false_alarms_count_pages_and_digits() -> None:
    blank = Page(made().image, (), made().digit_map, frozenset(["ruled"]), ())
    calm = Page(made().image, (), made().digit_map, frozenset(), ())
    unsure = Digit("?", 0.3, Box(0, 0, 9, 9), (("1", 0.3),))
    judged: list[Drawn] = [
        judge_drawn(blank, "a", reading(*made().lines)),
        judge_drawn(blank, "b", reading()),
        judge_drawn(calm, "c", reading(Line((unsure,)))),
    ]
    alarms = false_alarms_by_trait(judged)
    assert alarms["ALL"].to_dict() == {"pages": 3, "showing": 1, "share": pytest.approx(1 / 3), "digits": 5}
    assert alarms["calm"].to_dict() == {"pages": 1, "showing": 0, "share": 0.0, "digits": 0}
    assert alarms["ruled"].share == 0.5
    assert false_alarms_by_trait([]) == {}


def test_seeds_to_measure_on_lie_beyond_those_of_training() -> None:
    assert EVALUATION_SEEDS == 10**9
    assert Drawing(3, first=7).seeds(3) == range(10**9 + 7, 10**9 + 10)


def test_the_tables_of_drawn_pages() -> None:
    done = evaluate("--generated", 6, "--empty", 4, *SMALL)
    assert (done.exit_code, done.stderr) == (0, "")
    scores, alarms, calibration = done.stdout.split("\n\n")
    title, headers, *rows, touching, apart = scores.splitlines()
    assert title == "pages drawn from seeds 1000000000 to 1000000005"
    assert headers.split()[0] == "pages"
    wanted = sum(len(make_page(10**9 + n, size=(480, 270)).text.replace(" ", "").replace("\n", "")) for n in range(6))
    assert rows[0].split()[:3] == ["ALL", "6", str(wanted)]
    assert {row.split()[0] for row in rows} <= {"ALL", "calm", *TRAITS}
    assert re.fullmatch(r"touching pairs: \d+(, \d+\.\d\d% exact)?", touching)
    assert re.fullmatch(r"neighbours beside them that do not touch: \d+(, \d+\.\d\d% exact)?", apart)
    title, headers, row, *_ = alarms.splitlines()
    assert re.fullmatch(r"pages without a digit: 4, of which \d show a digit \(\d+\.\d\d%\)", title)
    assert re.split("  +", headers.strip()) == ["pages", "show a digit", "share", "digits"]
    assert row.split()[:2] == ["ALL", "4"]
    assert re.match(r"\d+ digits read, by confidence\n", calibration)


def test_pages_of_one_difficulty_alone_are_measured() -> None:
    scores = json.loads(evaluate("--json", "--generated", 3, "--only", "ruled", *SMALL).stdout)["scores"]
    assert set(scores) == {"ALL", "ruled"} and scores["ruled"]["pages"] == 3
    wrong = evaluate("--generated", 3, "--only", "calm")
    assert wrong.exit_code == 2 and "'calm' is not one of 'touching'" in wrong.stderr
    alone = evaluate("photos.json", "--only", "ruled")
    assert alone.exit_code == 2 and "--only is for drawn pages. Add --generated 1000." in " ".join(alone.stderr.split())


def test_json_of_drawn_pages_and_the_same_seed_again() -> None:
    arguments = "--json", "--generated", 3, "--empty", 2, "--seed", 40, *SMALL
    first, again = (json.loads(evaluate(*arguments).stdout) for _ in range(2))
    assert (first["source"], first["first_seed"], first["size"]) == ("generated", 10**9 + 40, [480, 270])
    assert first["scores"]["ALL"]["pages"] == 3 and first["empty"]["ALL"]["pages"] == 2
    assert {"pairs", "exact"} == set(first["touching_pairs"])
    assert {"digits", "error", "safe_threshold", "reliability", "coverage"} <= set(first["calibration"])
    names = ["page-1000000040", "page-1000000041", "page-1000000042", "empty-1000000040", "empty-1000000041"]
    assert [page["file"] for page in first["pages"]] == names
    assert [page["read"] for page in first["pages"]] == [page["read"] for page in again["pages"]]
    alone = json.loads(evaluate("--json", "--generated", 1, "--seed", 42, *SMALL).stdout)
    assert alone["pages"][0]["wanted"] == first["pages"][2]["wanted"], "its number draws a page again"


def test_unsure_digits_count_in_the_calibration_whatever_is_shown() -> None:
    counts = [
        json.loads(evaluate("--json", "--generated", 3, "--min-confidence", least, *SMALL).stdout)["calibration"]
        for least in (0, 1)
    ]
    assert counts[0] == counts[1] and counts[0]["digits"] > 0


def test_the_sheet_and_the_plot_of_drawn_pages(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    sheet, plot = tmp_path / "wrong.png", tmp_path / "curves.png"
    # Nothing is sure enough to be shown, so every page is wrong.
    done = evaluate("--generated", 2, "--min-confidence", 1, "--errors", sheet, "--plot", plot, *SMALL)
    assert done.exit_code == 0, done.output
    picture = cv2.imread(str(sheet))
    assert picture is not None and picture.shape[0] > 2 * 100
    assert cv2.imread(str(plot)) is not None
    assert evaluate("--generated", 2, "--plot", plot, *SMALL).exit_code == 6, "an older one must not be lost unasked"


def test_recorded_writers_write_and_a_card_that_tells_none_held_out_is_told_of(
    files: dict[str, Path], tmp_path: Path
) -> None:
    arguments = "--generated", 1, *SMALL, "--strokes", files["strokes"], "--strokes", files["letters"]
    done = evaluate(*arguments, "--model", with_card(tmp_path))
    assert done.exit_code == 0, done.output
    assert done.stderr == "The model's card does not tell which writers were held out: all write, learnt ones too.\n"


def test_only_held_out_writers_write(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[list[set[int]]] = []
    scribes = "camcount.cli.drawing.Scribes"
    monkeypatch.setattr(
        scribes, lambda *sets, usable: given.append([set(s.writers.tolist()) for s in sets if s])
    )
    model = with_card(tmp_path, held_out={files["strokes"].name: [3, 8]})
    arguments = "--generated", 1, *SMALL, "--strokes", files["letters"], "--strokes", files["strokes"]
    done = evaluate(*arguments, "--model", model)
    assert done.exit_code == 0, done.output
    assert given == [[{3, 8}, set(range(10))]], "digits first, by their labels"
    assert done.stderr == "letters.npz: the model learnt nothing from it, says its card: all its writers write.\n"
    model = with_card(tmp_path, held_out={files["strokes"].name: [77]})
    done = evaluate(*arguments, "--model", model)
    assert done.exit_code == 3
    assert "strokes.npz: none of its writers is one that the model's card tells as held out." in done.stderr


def test_a_stroke_set_keeps_the_characters_of_some_writers(files: dict[str, Path]) -> None:
    strokes = load_strokes(files["strokes"])
    kept = strokes.of([7, 2])
    chosen = np.flatnonzero(np.isin(strokes.writers, [2, 7]))
    assert len(kept) == 20 and set(kept.writers.tolist()) == {2, 7}
    assert "".join(sorted(kept.labels)) == "".join(sorted(2 * DIGITS))
    for index, before in enumerate(chosen):
        assert kept.labels[index] == strokes.labels[before]
        for ours, theirs in zip(kept.strokes(index), strokes.strokes(int(before)), strict=True):
            assert np.array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        pytest.param(["gone"], "gone.npz: not a file of pen strokes", id="missing"),
        pytest.param(["digits"], "digits.npz: not a file of pen strokes", id="pictures"),
        pytest.param(["letters"], "takes one file of digits, and at most one of letters", id="no digits"),
        pytest.param(["strokes", "strokes"], "takes one file of digits, and at most one", id="digits twice"),
    ],
)
def test_stroke_files_that_will_not_do(files: dict[str, Path], names: list[str], told: str) -> None:
    folder = files["strokes"].parent
    arguments = [word for name in names for word in ("--strokes", folder / f"{name}.npz")]
    done = evaluate("--generated", 1, *SMALL, *arguments)
    assert (done.exit_code, done.stdout) == (3, "")
    assert told in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--generated", "0"], id="no pages"),
        pytest.param(["--generated", "-3"], id="fewer than none"),
        pytest.param(["--generated", "many"], id="no number"),
        pytest.param(["--generated", "1", "--empty", "-1"], id="fewer empty ones than none"),
        pytest.param(["--generated", "1", "--seed", "-1"], id="a seed of training"),
        pytest.param(["--generated", "1", "--size", "640"], id="no size"),
        pytest.param(["--generated", "1", "--size", "20x20"], id="too small"),
        pytest.param(["--generated", "1", "--size", "99999x720"], id="too large"),
        pytest.param(["--generated", "1", "samples/manifest.json"], id="photos too"),
        pytest.param(["--generated", "1", "--not-digits"], id="no digits"),
        pytest.param(["--generated", "1", "--plot", "curves.gif"], id="a plot of unknown format"),
        pytest.param(["--empty", "5", "samples/manifest.json"], id="empty ones beside photos"),
        pytest.param(["--strokes", "a.npz", "samples/manifest.json"], id="writers beside photos"),
        pytest.param(["--plot", "curves.png", "digits.npz"], id="a plot of single digits"),
    ],
)
def test_usage(arguments: list[str]) -> None:
    done = evaluate(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")


def test_options_set_for_all_commands_do_not_get_in_the_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CAMCOUNT_SEED", "5")
    (tmp_path / "manifest.json").write_text('[{"file": "gone.jpg", "lines": ["1"]}]', encoding="utf-8")
    assert evaluate(tmp_path / "manifest.json").exit_code == 3
