"""The command line: what it prints, where, and the code it ends with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import cv2
import pytest
from click.testing import CliRunner, Result
from conftest import drawn

import camcount
from camcount.cli import COMMANDS, main
from camcount.types import Reading

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals, pipes and terminals are those of POSIX")


def call(*arguments: str, env: dict[str, str] | None = None, stdin: bytes = b"") -> Result:
    """Run camcount in this process."""
    return CliRunner(env=env).invoke(main, arguments, input=stdin, catch_exceptions=False)


def spawn(*arguments: str, code: str = "", **settings: object) -> subprocess.CompletedProcess[str]:
    """Run camcount, or Python code, in a process of its own."""
    command = [sys.executable, "-c", code] if code else [sys.executable, "-m", "camcount", *arguments]
    return subprocess.run(command, text=True, timeout=60, **{"capture_output": True, **settings})


@pytest.fixture(autouse=True)
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder with a page of two rows, one of one, and a blank sheet."""
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("page.png", drawn("407 12\n225", (480, 300)).frame.image)
    cv2.imwrite("four.png", drawn("4071", (320, 120)).frame.image)
    cv2.imwrite("blank.png", drawn("", (320, 120)).frame.image)


# The group


def test_help_lists_every_command_and_exit_code() -> None:
    text = call("--help").stdout
    assert all((name in text) != row.hidden for name, row in COMMANDS.items())
    for code in (0, 1, 2, 3, 4, 5, 6, 7, 8, 130, 143):
        assert f"\n    {code} " in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_the_list_tells_the_same(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert isinstance(command, click.Command) and command.help
    assert command.get_short_help_str(100) == COMMANDS[name].help
    assert command.hidden == COMMANDS[name].hidden
    assert call(name, "--help").exit_code == 0


def test_a_wrong_command_is_a_usage_error() -> None:
    result = call("imagine")
    assert result.exit_code == 2 and "No such command 'imagine'" in result.stderr


def test_version() -> None:
    assert call("--version").stdout == f"camcount {camcount.__version__}\n"


def test_help_imports_neither_opencv_nor_a_command() -> None:
    code = "import sys\nfrom camcount.cli import main\nmain(['--help'], standalone_mode=False)\nprint(*sys.modules)"
    modules = spawn(code=code).stdout.split()
    assert "camcount.cli" in modules
    assert not {"cv2", "numpy", "rich", "camcount.cli.image"} & set(modules)


def test_one_picture_is_read_without_what_it_does_not_need() -> None:
    run = "main(['image', 'four.png'], standalone_mode=False)"
    code = f"import sys\nfrom camcount.cli import main\n{run}\nprint(*sys.modules)"
    text, modules = spawn(code=code).stdout.splitlines()
    assert text == "4071" and "ai_edge_litert.interpreter" in modules.split()
    assert not {"tensorflow", "keras", "rich", "csv", "camcount.synthesis", "PIL"} & set(modules.split())


# camcount image


def test_the_text_of_one_picture_is_printed_as_it_is() -> None:
    result = call("image", "page.png")
    assert (result.stdout, result.stderr, result.exit_code) == ("407 12\n225\n", "", 0)


def test_the_text_of_several_stands_behind_their_names() -> None:
    result = call("image", "page.png", "blank.png", "four.png")
    assert result.stdout == "page.png: 407 12\npage.png: 225\nblank.png:\nfour.png: 4071\n"
    assert (result.stderr, result.exit_code) == ("", 0)


def test_a_blank_sheet_prints_nothing_and_says_so() -> None:
    result = call("image", "blank.png")
    assert (result.stdout, result.stderr, result.exit_code) == ("", "blank.png: nothing recognised.\n", 0)


@pytest.mark.parametrize("flags", [["--json"], ["--format", "jsonl"]])
def test_json_is_what_the_reader_gives(flags: list[str]) -> None:
    rows = [json.loads(line) for line in call("image", *flags, "page.png", "four.png").stdout.splitlines()]
    for row, source, index in zip(rows, ("page.png", "four.png"), (0, 1), strict=True):
        with camcount.open_source(source) as frames:
            reading = camcount.Reader(os.environ.get("CAMCOUNT_MODEL")).read(next(iter(frames)))
        assert Reading.from_dict(row).lines == reading.lines
        assert (row["source"], row["index"], row["size"]) == (source, index, list(reading.size))


@pytest.mark.parametrize(("name", "first"), [("a.csv", "at,time"), ("a.jsonl", '{"schema": 1'), ("a.out", "4071\n")])
def test_the_suffix_of_the_output_tells_its_format(name: str, first: str) -> None:
    assert call("image", "four.png", "--output", name).stdout == ""
    assert Path(name).read_text().startswith(first)


def test_format_goes_before_the_suffix() -> None:
    call("image", "four.png", "--output", "a.csv", "--format", "text")
    assert Path("a.csv").read_text() == "4071\n"


def test_annotated_and_crops_are_written_beside_the_text() -> None:
    result = call("image", "four.png", "page.png", "--annotated", "drawn", "--crops", "crops")
    assert (result.stdout.count("\n"), result.exit_code) == (3, 0)
    assert sorted(path.name for path in Path("drawn").iterdir()) == ["four.png", "page.png"]
    crops = sorted(path.name for path in Path("crops").iterdir())
    assert len(crops) == 13 and crops[0].startswith("four-01-4-") and crops[-1].startswith("page-08-5-")


def test_a_picture_comes_on_standard_input() -> None:
    result = call("image", "-", "--json", stdin=Path("four.png").read_bytes())
    assert (json.loads(result.stdout)["source"], json.loads(result.stdout)["text"]) == ("-", "4071")


def test_of_a_stream_without_end_only_the_first_frame_is_read() -> None:
    assert len(call("image", "--json", "synth:text=407:seed=1").stdout.splitlines()) == 1
    assert len(call("image", "--json", "synth:text=407:seed=1:frames=2").stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (["--digits", "4"], 0, ""),
        (["--digits", "3-5", "--match", r"\d+"], 0, ""),
        (["--digits", "5"], 1, 'four.png: read "4071", but --digits wants 5 digits a line.\n'),
        (["--digits", "5-6"], 1, 'four.png: read "4071", but --digits wants 5 to 6 digits a line.\n'),
        (["--match", "407"], 1, 'four.png: read "4071", but --match wants 407\n'),
    ],
    ids=["count", "both", "wrong-count", "wrong-range", "match-must-be-whole"],
)
def test_what_a_reading_must_look_like(flags: list[str], code: int, words: str) -> None:
    result = call("image", "four.png", *flags)
    assert (result.stdout, result.stderr, result.exit_code) == ("4071\n", words, code)


def test_a_digit_that_is_not_sure_is_none() -> None:
    result = call("image", "four.png", "--min-confidence", "1", "--digits", "4")
    assert "?" in result.stdout and len(result.stdout) == len("4071\n") and result.exit_code == 1


@pytest.mark.parametrize(
    ("flags", "code"), [([], 0), (["--fail-empty"], 7), (["--digits", "4"], 1), (["--fail-empty", "--digits", "4"], 7)]
)
def test_nothing_recognised(flags: list[str], code: int) -> None:
    result = call("image", "four.png", "blank.png", *flags)
    assert (result.stdout, result.exit_code) == ("four.png: 4071\nblank.png:\n", code)
    assert ("blank.png: nothing recognised" in result.stderr) == bool(flags)


def test_flag_goes_before_environment_before_default() -> None:
    env = {"CAMCOUNT_MIN_CONFIDENCE": "1", "CAMCOUNT_JSON": "1"}
    assert "?" in json.loads(call("image", "four.png", env=env).stdout)["text"]
    assert json.loads(call("image", "four.png", "--min-confidence", "0.1", env=env).stdout)["text"] == "4071"


@pytest.mark.parametrize(
    "flags",
    [
        [], ["four.png", "--roi", "1,2,3"], ["four.png", "--roi", "0,0,0,5"], ["four.png", "--roi", "nan,0,1,1"],
        ["four.png", "--digits", "many"], ["four.png", "--digits", "5-4"], ["four.png", "--match", "("],
        ["four.png", "--min-confidence", "2"], ["four.png", "--ink", "red"], ["four.png", "--rotate", "45"],
        ["four.png", "--format", "xml"], ["four.png", "--max-pixels", "0"], ["four.png", "--threads", "0"],
    ],
    ids=" ".join,
)
def test_usage_errors(flags: list[str]) -> None:
    result = call("image", *flags)
    assert (result.stdout, result.exit_code) == ("", 2) and "Error: " in result.stderr


def test_a_region_is_given_in_pixels_or_fractions() -> None:
    for roi in ("0,0,480,120", "0,0,1,0.4"):
        assert call("image", "page.png", "--roi", roi).stdout == "407 12\n"


def test_a_page_is_turned() -> None:
    cv2.imwrite("turned.png", cv2.rotate(cv2.imread("four.png"), cv2.ROTATE_90_COUNTERCLOCKWISE))
    assert call("image", "turned.png", "--rotate", "90").stdout == "4071\n"


def test_a_missing_model_is_told() -> None:
    result = call("image", "four.png", "--model", "gone.tflite")
    assert (result.stdout, result.exit_code) == ("", 5) and result.stderr.startswith("Error: gone.tflite")


def test_verbose_tells_what_is_done() -> None:
    assert call("-v", "image", "four.png").stderr.startswith("four.png: 320x120, 1 lines, ")


# The process


def test_libraries_keep_quiet_unless_asked() -> None:
    Path("broken.png").write_bytes(Path("four.png").read_bytes().replace(b"IDAT", b"IDAX"))
    result = spawn("image", "four.png", "broken.png")
    assert (result.stdout, result.returncode) == ("four.png: 4071\n", 3)
    assert result.stderr.splitlines()[0].startswith("Error: broken.png: damaged")
    assert len(result.stderr.splitlines()) == 2
    assert len(spawn("-vv", "image", "four.png", "broken.png").stderr.splitlines()) > 3


@POSIX
def test_a_closed_pipe_ends_quietly() -> None:
    read, write = os.pipe()
    os.close(read)
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    result = spawn(
        "image", "four.png", "page.png", capture_output=False, stdout=write, stderr=subprocess.PIPE, env=buffered
    )
    os.close(write)
    assert (result.stderr, result.returncode) == ("", 0)


@POSIX
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"])
def test_a_signal_ends_it_with_nothing_half_written(number: signal.Signals, code: int) -> None:
    os.mkfifo("never.png")  # reading it waits for ever: the signal finds the run in its middle
    command = [sys.executable, "-m", "camcount", "-v", "image", "four.png", "never.png", "--output", "out.jsonl"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("four.png: 320x120")
        assert any(name.endswith(".part") for name in os.listdir())
        process.send_signal(number)
        rest = process.stderr.read()
    assert (process.returncode, rest.strip()) == (code, "")
    assert not any("out.jsonl" in name for name in os.listdir())


@POSIX
def test_a_progress_bar_is_drawn_on_a_terminal_only() -> None:
    import pty

    parent, child = pty.openpty()
    result = spawn(
        "image", "four.png", "gone.png", "page.png", "--output", "out.txt", capture_output=False,
        stdout=subprocess.DEVNULL, stderr=child,
    )
    os.close(child)
    shown = os.read(parent, 100_000).decode()
    os.close(parent)
    assert result.returncode == 3 and Path("out.txt").read_text().count("\n") == 3
    assert "reading" in shown and "3/3" in shown and "Error: gone.png: no such file" in shown
    assert "3/3" not in spawn("image", "four.png", "gone.png", "page.png").stderr
