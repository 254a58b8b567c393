"""A crew: every frame once, in order, read as one process reads it, whatever becomes of the others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import drawn

from camcount.cli import main
from camcount.crew import Crew, usual_processes
from camcount.ensemble import load_ensemble
from camcount.errors import SourceError
from camcount.reader import Reader
from camcount.types import Frame, Reading

PAGES = [drawn(text, size=(320, 240)).frame for text in ("407", "12\n95", "", "8")]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def frames(count: int) -> Iterator[Frame]:
    for i in range(count):
        yield replace(PAGES[i % 4], index=i, time=i / 30, source="pages")


def alike(reading: Reading) -> Reading:
    return replace(reading, elapsed_ms=0.0)


def helped(crew: Crew) -> list[tuple[Frame, Reading]]:
    """Read until the helpers took part: at first they are still starting."""
    told: list[tuple[Frame, Reading]] = []
    for read in crew.read_each(frames(5000)):
        assert read
        told.append(read)
        if sum(helper._taken for helper in crew._helpers) > 20:
            return told
    pytest.fail("no helper took a frame")


def test_each_frame_is_read_once_in_its_order_as_the_reader_does(reader: Reader) -> None:
    wanted = [alike(reader.read(frame)) for frame in frames(4)]
    with Crew(reader, 3) as crew:
        told = helped(crew)
    assert [frame.index for frame, _ in told] == list(range(len(told)))
    for i, (frame, reading) in enumerate(told):
        assert frame.image is PAGES[i % 4].image
        assert alike(reading) == replace(wanted[i % 4], index=i, time=i / 30, source="pages")


def test_one_process_has_no_helpers(reader: Reader) -> None:
    with Crew(reader, 1) as crew:
        assert len(list(crew.read_each(frames(5)))) == 5 and not crew._helpers


def test_where_no_frame_came_none_is_told(reader: Reader) -> None:
    for crew in (reader, Crew(reader, 1)):
        told = list(crew.read_each(iter([None, PAGES[0], None])))
        assert [read is None for read in told] == [True, False, True]


def test_larger_frames_than_the_first_are_read_too(reader: Reader) -> None:
    large = drawn("407", size=(640, 480)).frame
    with Crew(reader, 2) as crew:
        helped(crew)
        told = list(crew.read_each(iter([large, PAGES[0], large])))
    assert [read[1].text for read in told if read] == ["407"] * 3


def test_what_came_before_an_error_is_not_lost(reader: Reader) -> None:
    def broken() -> Iterator[Frame]:
        yield from frames(7)
        raise SourceError("lost")

    told: list[int] = []
    with Crew(reader, 2) as crew:
        helped(crew)
        with pytest.raises(SourceError, match="lost"):
            for read in crew.read_each(broken()):
                assert read
                told.append(read[0].index)
    assert told == list(range(7))


def test_a_helper_that_dies_costs_nothing(reader: Reader) -> None:
    with Crew(reader, 2) as crew:
        helped(crew)
        told = []
        for read in crew.read_each(frames(40)):
            assert read
            told.append((read[0].index, read[1].text))
            if len(told) == 10:
                os.kill(crew._helpers[0]._process.pid or 0, signal.SIGTERM)
    assert told == [(i, ("407", "12\n95", "", "8")[i % 4]) for i in range(40)]


def test_at_the_end_no_process_is_left(reader: Reader) -> None:
    with pytest.raises(KeyboardInterrupt), Crew(reader, 3) as crew:
        helped(crew)
        raise KeyboardInterrupt
    assert not any(helper._process.is_alive() for helper in crew._helpers)


def test_several_networks_read_elsewhere_too() -> None:
    several = Reader(classifier=load_ensemble([], views=2))
    with Crew(several, 2) as crew:
        told = helped(crew)
    assert {reading.text for _, reading in told[::4]} == {"407"}


def test_a_clip_is_read_alike_by_one_process_and_by_two() -> None:
    told = []
    for jobs in (1, 2):
        call = ["video", "synth:text=407:size=320x240:frames=150:seed=3", "--jobs", str(jobs), "--events", "frame"]
        result = CliRunner().invoke(main, [*call, "--json"])
        assert result.exit_code == 0, result.output
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        told.append([{k: v for k, v in line.items() if k not in ("elapsed_ms", "at")} for line in lines])
    assert len(told[0]) > 150 and told[0] == told[1]


def test_as_many_processes_read_as_there_are_cores() -> None:
    assert 1 <= usual_processes() <= 4


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_stopped_clip_leaves_no_process() -> None:
    words = [sys.executable, "-m", "camcount", "video", "synth:text=407:size=320x240", "--jobs", "2", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        while '"reading"' not in process.stdout.readline():
            pass
        time.sleep(1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=20)
    assert process.returncode == 130 and "Traceback" not in told and '"end"' in out
    ended = time.monotonic() + 5
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < ended:
        time.sleep(0.05)
    assert children and not any(Path(f"/proc/{child}").exists() for child in children)
