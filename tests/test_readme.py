"""README: what it shows works as printed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click
import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from camcount.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


class Block(NamedTuple):
    """A fenced block: its language and its text."""

    language: str
    text: str


class Example(NamedTuple):
    """A command and what README says that it prints."""

    command: str
    output: str


BLOCKS = [Block(*found) for found in re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)]


def console_examples() -> list[Example]:
    parts = [part for block in BLOCKS if block.language == "console" for part in block.text.split("$ ")[1:]]
    return [Example(*part.split("\n", 1)) for part in parts]


def python_examples() -> list[Example]:
    return [Example(block.text, after.text) for block, after in zip(BLOCKS, BLOCKS[1:]) if block.language == "python"]


def shown_commands() -> list[list[str]]:
    """Every call of camcount in README, in blocks and in running text, as words."""
    shown = re.findall(r"`(camcount [^`]+)`", README)
    for block in BLOCKS:
        shown += re.findall(r"(?:^|/|\$ )(camcount .+)$", block.text, re.MULTILINE)
    return [shlex.split(text) for text in shown]


def without_times(text: str) -> str:
    """Blank times and confidences, which differ a little from machine to machine; all else is compared as printed."""
    return re.sub(r" *\d+\.\d+(e-\d+)?(?=[],}]|$)", " 0.0", text, flags=re.MULTILINE)


def run(arguments: list[str]) -> str:
    """Run Python in the tree's root and give what it prints, which must not be a complaint."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def shows(request: pytest.FixtureRequest) -> Callable[[str, str, str], None]:
    """Compare what README shows with what was printed, or write it there when --update-golden is given."""

    def compare(before: str, shown: str, printed: str) -> None:
        same = without_times(printed) == without_times(shown)
        if not same and request.config.getoption("--update-golden"):
            path = ROOT / "README.md"
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace(before + shown, before + printed), encoding="utf-8")
            return
        assert same, f"README shows\n{shown}\nbut it prints\n{printed}"

    return compare


@pytest.mark.parametrize("example", console_examples(), ids=lambda example: example.command)
def test_console_examples_print_what_readme_shows(example: Example, shows: Callable[[str, str, str], None]) -> None:
    shows(f"$ {example.command}\n", example.output, run(["-m", *shlex.split(example.command)]))


@pytest.mark.parametrize("example", python_examples(), ids=lambda example: example.command.splitlines()[0])
def test_python_examples_print_what_readme_shows(example: Example, shows: Callable[[str, str, str], None]) -> None:
    between = "```\n\n```text\n"
    shows(example.command + between, example.output, run(["-W", "error", "-c", example.command]))


def test_readme_shows_an_example_of_each_kind() -> None:
    assert len(console_examples()) >= 3
    assert [len(example.command.splitlines()) <= 6 for example in python_examples()] == [True, True]


def test_the_first_set_up_command_prints_what_stands_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    setup = next(number for number, block in enumerate(BLOCKS) if "pip install -q ." in block.text)
    arguments = shlex.split(BLOCKS[setup].text)
    call = arguments[arguments.index(".venv/bin/camcount") + 1 :]
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(main, call)
    assert done.stdout == BLOCKS[setup + 1].text


def test_every_command_has_help_and_stands_in_readme() -> None:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        if not command.hidden:
            assert command.help, name
            assert all(option.help for option in command.params if isinstance(option, click.Option)), name
            assert f"camcount {name}" in README


@pytest.mark.parametrize("words", shown_commands(), ids=" ".join)
def test_commands_and_options_in_readme_exist(words: list[str]) -> None:
    name, *rest = words[1:]
    if name.startswith("--"):
        assert name in {option for parameter in main.get_params(click.Context(main)) for option in parameter.opts}
        return
    command = main.get_command(click.Context(main), name)
    assert command is not None, f"README shows camcount {name}"
    known = {option for parameter in command.get_params(click.Context(command)) for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known


def test_pictures_and_files_that_readme_links_are_there() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        if not link.startswith("http"):
            assert (ROOT / link).is_file(), link
            assert (ROOT / link).stat().st_size < 200_000, link


def test_the_picture_at_the_top_is_what_camcount_draws(tmp_path: Path) -> None:
    drawn = tmp_path / "reading.jpg"
    CliRunner().invoke(main, ["image", str(ROOT / "samples" / "ruled.jpg"), "--annotated", str(drawn)])
    ours, theirs = (cv2.imread(str(path)).astype(int) for path in (drawn, ROOT / "docs" / "reading.jpg"))
    assert np.abs(ours - theirs).mean() < 0.3
