"""Clips: every frame with its time, parts of a clip, damaged ones, pictures that follow each other."""

from __future__ import annotations

import operator
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import page, write_clip

from camcount.errors import SourceError
from camcount.sources import SourceOptions, open_stream
from camcount.sources.clips import ClipSource
from camcount.types import Frame, Image


def shades(count: int = 40) -> list[Image]:
    """Give pictures that tell their number by where they are white."""
    images = [np.full((64, 320, 3), 20, np.uint8) for _ in range(count)]
    for i, image in enumerate(images):
        image[:, 8 * i : 8 * i + 8] = 235
    return images


def frames_of(target: Path | str, **options: float) -> list[Frame]:
    with open_stream(str(target), SourceOptions(**options)) as source:  # type: ignore[arg-type]
        return [frame for frame in source if frame]


def number(frame: Frame) -> int:
    return int(frame.image.reshape(64, 40, 8, 3).mean(axis=(0, 2, 3)).argmax())


@pytest.mark.parametrize(
    ("suffix", "codec"), [(".avi", "MJPG"), (".mp4", "mp4v"), (".webm", "VP80")], ids=["mjpeg", "mpeg4", "vp8"]
)
def test_every_frame_of_a_clip_comes_with_its_time(suffix: str, codec: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / f"clip{suffix}", shades(), 25.0, codec)
    frames = frames_of(clip)
    assert [number(frame) for frame in frames] == list(range(40)) == [frame.index for frame in frames]
    assert [frame.time for frame in frames] == pytest.approx([i / 25 for i in range(40)], abs=0.002)
    assert frames[0].source == str(clip)


def test_a_clip_tells_its_rate_and_about_how_many_frames_it_gives(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", shades(), 20.0)
    with ClipSource([str(clip)], SourceOptions(start=0.5, end=1.5, every=2)) as source:
        assert isinstance(source, ClipSource) and source.rate == 20
        assert operator.length_hint(source) == 10 == len(list(source))


def test_start_end_and_every_take_a_part(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", shades(), 30.0)
    assert [number(frame) for frame in frames_of(clip, start=0.5, end=1.0)] == list(range(15, 30))
    part = frames_of(clip, every=7)
    assert [number(frame) for frame in part] == [frame.index for frame in part] == list(range(0, 40, 7))
    with pytest.raises(SourceError, match="it ends before --start 99"):
        frames_of(clip, start=99)


def test_a_part_is_taken_of_pictures_and_made_streams_too() -> None:
    frames = frames_of("synth:text=4:size=64x64:frames=30", start=0.2, end=0.8, every=3)
    assert [frame.index for frame in frames] == list(range(6, 24, 3))


def test_damaged_frames_are_passed_over_and_counted(tmp_path: Path) -> None:
    images = [page(f"{100 + i}", (320, 240), 60, noise=i + 1) for i in range(30)]
    clip = write_clip(tmp_path / "clip.avi", images)
    data = bytearray(clip.read_bytes())
    starts = [i for i in range(len(data) - 3) if data[i : i + 3] == b"\xff\xd8\xff"]
    assert len(starts) == 30
    for k in (7, 8, 20):
        data[starts[k] : starts[k] + 2000] = bytes(2000)
    clip.write_bytes(bytes(data))
    with ClipSource([str(clip)]) as source:
        assert isinstance(source, ClipSource)
        frames = list(source)
    assert source.skipped == 3 and len(frames) == 27
    assert [frame.index for frame in frames if frame] == [i for i in range(30) if i not in (7, 8, 20)]


def test_a_clip_that_is_cut_short_gives_what_there_is(tmp_path: Path) -> None:
    images = [page("407", (320, 240), 60, noise=i + 1) for i in range(30)]
    clip = write_clip(tmp_path / "clip.avi", images)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 2 // 3])
    assert 15 < len(frames_of(clip)) < 30


@pytest.mark.parametrize("target", ["folder", "folder/*.png", "folder/page-%03d.png"])
def test_pictures_follow_each_other_at_a_rate(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    for i, image in enumerate(shades(12)):
        cv2.imwrite(f"folder/page-{i:03d}.png", image)
    frames = frames_of(target, rate=10)
    assert [number(frame) for frame in frames] == list(range(12))
    assert [frame.time for frame in frames] == pytest.approx([i / 10 for i in range(12)])


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("none.mp4", None, "no such file"),
        ("empty.mp4", b"", "empty"),
        ("text.mp4", b"not a clip at all", "damaged, or a kind of clip that OpenCV cannot decode"),
        ("none/%04d.png", None, "no such folder"),
    ],
)
def test_what_is_no_clip_is_an_error_that_says_why(
    name: str, content: bytes | None, told: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=f"{name}: .*{told}"):
        frames_of(tmp_path / name)


def test_one_clip_at_a_time() -> None:
    with pytest.raises(SourceError, match="one clip at a time"):
        ClipSource(["a.mp4", "b.mp4"])
