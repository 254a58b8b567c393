"""The loop: who is called, in what order, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from conftest import always

from camcount.shot import Shot
from camcount.errors import OutputError, SinkClosed, SourceError
from camcount.reader import Reader
from camcount.run import run
from camcount.sinks import Sink, SinkOptions
from camcount.sources import Source, SourceOptions
from camcount.types import Frame


class Sheets(Source):
    """Yields blank sheets, then ends or fails."""

    def __init__(
        self, targets: Sequence[str] = (), options: SourceOptions = SourceOptions(), error: Exception | None = None
    ) -> None:
        self.error = error
        self.taken = 0
        self.open = False

    @classmethod
    def accepts(cls, target: str) -> bool:
        return False

    def __enter__(self) -> Source:
        self.open = True
        return self

    def __exit__(self, *error: object) -> None:
        self.open = False

    def __iter__(self) -> Iterator[Frame]:
        assert self.open
        for self.taken in range(1, 4):
            yield Frame(np.full((48, 64, 3), 255, np.uint8), self.taken - 1)
        if self.error:
            raise self.error


class Notes(Sink):
    """Notes what happens to it, and raises where it is told to."""

    kind = "notes"

    def __init__(
        self, path: str = "", options: SinkOptions = SinkOptions(), error: Exception | None = None, at: str = "0"
    ) -> None:
        self.notes: list[str] = []
        self.error = error
        self.at = at

    def note(self, word: str) -> None:
        self.notes.append(word)
        if self.error and word == self.at:
            raise self.error

    def __enter__(self) -> Sink:
        self.note("open")
        return self

    def write(self, shot: Shot) -> None:
        assert shot.reading.index == shot.frame.index
        self.note(str(shot.frame.index))

    def close(self) -> None:
        self.notes.append("close")

    def abort(self) -> None:
        self.notes.append("abort")


@pytest.fixture
def reader() -> Reader:
    return Reader(classifier=always(7))


def test_every_frame_goes_to_every_sink_and_all_is_closed(reader: Reader) -> None:
    source, sinks = Sheets(), [Notes(), Notes()]
    run(source, reader, sinks)
    assert [sink.notes for sink in sinks] == [["open", "0", "1", "2", "close"]] * 2
    assert not source.open


def test_no_more_frames_are_taken_than_asked_for(reader: Reader) -> None:
    source, sink = Sheets(), Notes()
    run(source, reader, [sink], frames=1)
    assert (sink.notes, source.taken) == (["open", "0", "close"], 1)


@pytest.mark.parametrize("at", ["open", "1"])
def test_a_sink_that_was_closed_ends_the_run_quietly(reader: Reader, at: str) -> None:
    source, whole, closed = Sheets(), Notes(), Notes(error=SinkClosed(), at=at)
    run(source, reader, [whole, closed])
    assert whole.notes == (["open", "close"] if at == "open" else ["open", "0", "1", "close"])
    assert closed.notes[-1] == at if at == "open" else closed.notes == ["open", "0", "1", "close"]
    assert not source.open


@pytest.mark.parametrize("error", [SourceError("lost"), KeyboardInterrupt(), SystemExit(143)], ids=repr)
def test_an_error_aborts_every_sink(reader: Reader, error: Exception) -> None:
    source, sinks = Sheets(error=error), [Notes(), Notes()]
    with pytest.raises(type(error)):
        run(source, reader, sinks)
    assert [sink.notes[-1] for sink in sinks] == ["abort", "abort"]
    assert not source.open


def test_an_output_that_cannot_be_opened_costs_no_frame(reader: Reader) -> None:
    source, first, second = Sheets(), Notes(), Notes(error=OutputError("full"), at="open")
    with pytest.raises(OutputError):
        run(source, reader, [first, second])
    assert (first.notes, source.taken) == (["open", "abort"], 0)
