"""Sources: the contract that all keep, and what still pictures may be like."""

from __future__ import annotations

import io
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from conftest import drawn
from PIL import Image as Pil

from camcount.errors import SourceError
from camcount.sources import SOURCES, SourceOptions, load_source, open_source
from camcount.sources.decode import decode_image
from camcount.sources.headers import read_header

GIF = pytest.mark.skipif(
    tuple(map(int, cv2.__version__.split(".")[:2])) < (4, 11), reason="OpenCV reads GIF from 4.11 on"
)


class Example(NamedTuple):
    """Targets of one row of SOURCES."""

    target: str
    others: tuple[str, ...]


EXAMPLES = {
    "camcount.sources.images:ImageSource": Example("page.png", ("synth:", "0", "http://localhost/stream")),
    "camcount.sources.synth:SynthSource": Example("synth:text=407:size=320x240:frames=3", ("page.png", "0", "-")),
}


def test_every_source_has_an_example() -> None:
    assert list(EXAMPLES) == list(SOURCES)


@pytest.mark.parametrize("row", SOURCES)
def test_a_source_accepts_its_own_targets_only(row: str) -> None:
    source, example = load_source(row), EXAMPLES[row]
    assert source.accepts(example.target)
    assert not any(source.accepts(other) for other in example.others)


@pytest.mark.parametrize("row", SOURCES)
def test_a_source_yields_frames_in_order(row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("page.png", drawn("407", (320, 240)).frame.image)
    with open_source(EXAMPLES[row].target) as source:
        assert type(source) is load_source(row)
        frames = list(source)
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert frames[0].time == 0 and [f.time for f in frames] == sorted(f.time for f in frames)
    for frame in frames:
        assert (frame.image.dtype, frame.image.shape, frame.size) == (np.uint8, (240, 320, 3), (320, 240))
        assert frame.source == EXAMPLES[row].target


@pytest.mark.parametrize("targets", [("http://localhost/stream",), ("0",), ("page.png", "synth:")])
def test_what_no_source_accepts_is_an_error_that_says_what_is(targets: tuple[str, ...]) -> None:
    with pytest.raises(SourceError, match=rf"^{targets[-1]}: camcount cannot open this.*Give pictures, folders"):
        open_source(*targets)


def touch(folder: Path, *names: str) -> None:
    picture = cv2.imencode(".png", np.full((4, 4, 3), 255, np.uint8))[1].tobytes()
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)


@pytest.mark.parametrize(
    ("target", "found"),
    [
        (".", ["a2.png", "a10.png", "b c/Größe 1.jpg", "b c/IMG.HEIC"]),
        ("b c", ["b c/Größe 1.jpg", "b c/IMG.HEIC"]),
        ("*.png", ["a2.png", "a10.png"]),
        ("**/*.jpg", ["b c/Größe 1.jpg"]),
        ("a[1].png", ["a[1].png"]),
        ("x*.png", ["x*.png"]),
        ("gone.png", ["gone.png"]),
    ],
    ids=["folder", "subfolder", "glob", "deep-glob", "brackets-in-a-name", "glob-of-nothing", "missing"],
)
def test_targets_are_listed_in_natural_order(
    target: str, found: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "a10.png", "a2.png", "b c/Größe 1.jpg", "b c/IMG.HEIC", "b c/.hidden.jpg", "note.txt")
    if target == "a[1].png":
        touch(tmp_path, target)
    source = load_source(SOURCES[0])([target], SourceOptions())
    assert [name.removeprefix("./").replace("\\", "/") for name in source.names] == found


def test_a_folder_of_other_things_lists_itself_so_that_reading_it_says_why(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("no picture")
    with pytest.raises(SourceError, match="no pictures in this folder. Looked for: .jpg"):
        list(open_source(str(tmp_path)))


def test_standard_input_is_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    data = cv2.imencode(".png", np.full((5, 9, 3), 200, np.uint8))[1].tobytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    (frame,) = open_source("-")
    assert (frame.size, frame.source) == ((9, 5), "-")


def test_an_error_ends_the_source_unless_it_is_told_otherwise(tmp_path: Path) -> None:
    touch(tmp_path, "1.png", "3.png")
    (tmp_path / "2.png").write_bytes(b"")
    with pytest.raises(SourceError, match="2.png: empty"):
        list(open_source(str(tmp_path)))
    failed: list[str] = []
    frames = list(open_source(str(tmp_path), on_error=lambda name, error: failed.append(name)))
    assert [Path(name).name for name in failed] == ["2.png"]
    assert [(frame.index, Path(frame.source).name) for frame in frames] == [(0, "1.png"), (2, "3.png")]


# Pictures of every kind: a page half white, half dark, as a person would see it.

PAGE = np.full((40, 60, 3), 250, np.uint8)
PAGE[:, 30:] = (30, 40, 120)


def pil(mode: str = "RGB") -> Pil.Image:
    return Pil.fromarray(np.ascontiguousarray(PAGE[..., ::-1])).convert(mode)


def saved(picture: Pil.Image, form: str, **settings: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **settings)
    return out.getvalue()


def encoded(image: np.ndarray, suffix: str) -> bytes:
    return cv2.imencode(suffix, image)[1].tobytes()


def see_through() -> Pil.Image:
    """The dark half is drawn; the white half is transparent black."""
    rgba = np.zeros((40, 60, 4), np.uint8)
    rgba[:, 30:] = (120, 40, 30, 255)
    return Pil.fromarray(rgba)


def big_endian_tiff() -> bytes:
    """Write PAGE as a Motorola would: no compression, one strip (TIFF 6.0, section 6)."""
    tags = {256: 60, 257: 40, 258: 8, 259: 1, 262: 2, 273: 8 + 2 + 9 * 12 + 4, 277: 3, 278: 40, 279: PAGE.size}
    entries = b"".join(struct.pack(">HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"MM\0*" + struct.pack(">IH", 8, len(tags)) + entries + bytes(4) + PAGE[..., ::-1].tobytes()


KINDS: dict[str, Callable[[], bytes]] = {
    "png": lambda: encoded(PAGE, ".png"),
    "jpeg": lambda: encoded(PAGE, ".jpg"),
    "jpeg-progressive": lambda: saved(pil(), "JPEG", progressive=True, quality=95),
    "jpeg-with-more-after-its-end": lambda: encoded(PAGE, ".jpg") + b"\0" * 999,
    "jpeg-with-restarts": lambda: saved(pil(), "JPEG", restart_marker_blocks=1, quality=95),
    "jpeg-cmyk": lambda: saved(pil("CMYK"), "JPEG", quality=95),
    "jpeg-with-thumbnail": lambda: saved(pil(), "JPEG", exif=b"Exif\0\0" + encoded(PAGE, ".jpg"), quality=95),
    "png-16-bit": lambda: encoded(PAGE.astype(np.uint16) * 256 + 99, ".png"),
    "png-palette": lambda: saved(pil().quantize(8), "PNG"),
    "png-rgba": lambda: saved(see_through(), "PNG"),
    "png-rgba-16-bit": lambda: encoded(np.array(see_through())[..., [2, 1, 0, 3]] * np.uint16(257) & 0xFF7F, ".png"),
    "png-transparent-palette": lambda: saved(see_through().quantize(8), "PNG"),
    "tiff": lambda: saved(pil(), "TIFF"),
    "tiff-lzw": lambda: saved(pil(), "TIFF", compression="tiff_lzw"),
    "tiff-big-endian": lambda: big_endian_tiff(),
    "tiff-16-bit": lambda: encoded(PAGE.astype(np.uint16) * 256 + 99, ".tif"),
    "tiff-rgba": lambda: saved(see_through(), "TIFF"),
    "bmp": lambda: encoded(PAGE, ".bmp"),
    "bmp-32-bit": lambda: encoded(np.dstack([PAGE, np.zeros(PAGE.shape[:2], np.uint8)]), ".bmp"),
    "webp": lambda: saved(pil(), "WEBP", quality=95),
    "webp-lossless": lambda: saved(pil(), "WEBP", lossless=True),
    "webp-rgba": lambda: saved(see_through(), "WEBP", lossless=True),
    "ppm": lambda: encoded(PAGE, ".ppm"),
    "gif": lambda: saved(pil(), "GIF"),
    "gif-animated": lambda: saved(pil(), "GIF", save_all=True, append_images=[Pil.new("RGB", (60, 40), "green")] * 2),
}


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=GIF if "gif" in kind else ()) for kind in KINDS])
def test_a_picture_of_any_kind_is_seen_as_a_person_sees_it(kind: str) -> None:
    image = decode_image(KINDS[kind](), kind)
    white = (250, 250, 250) if "rgba" not in kind and "transparent" not in kind else (255, 255, 255)
    assert (image.shape, image.dtype) == (PAGE.shape, np.uint8)
    # JPEG's and WebP's half-resolution colour blurs the edge between the halves, so that is left out.
    assert np.abs(image[:, :20] - np.array(white, int)).max() <= 12
    assert np.abs(image[:, 40:] - np.array((30, 40, 120), int)).max() <= 12


@pytest.mark.parametrize("kind", KINDS)
def test_the_header_tells_format_and_size(kind: str) -> None:
    form = {"ppm": "pnm"}.get(kind, kind.split("-")[0])
    header = read_header(KINDS[kind]())
    assert header is not None and header.whole
    assert (header.format.lower(), header.width, header.height) == (form, 60, 40)


@pytest.mark.parametrize("bits", ["1", "L"])
def test_grey_becomes_three_channels(bits: str) -> None:
    image = decode_image(saved(pil(bits), "PNG"), "grey.png")
    assert image.shape == PAGE.shape
    assert (image[..., 0] == image[..., 2]).all() and image[:, :30].mean() > 200 > 100 > image[:, 30:].mean()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize(
    ("orientation", "turn"),
    [(3, cv2.ROTATE_180), (6, cv2.ROTATE_90_CLOCKWISE), (8, cv2.ROTATE_90_COUNTERCLOCKWISE)],
    ids=["upside-down", "left-side-down", "right-side-down"],
)
def test_the_orientation_of_the_camera_is_honoured(form: str, orientation: int, turn: int) -> None:
    exif = Pil.Exif()
    exif[0x0112] = orientation
    image = decode_image(saved(pil(), form, exif=exif), "turned")
    assert np.abs(image.astype(int) - cv2.rotate(PAGE, turn)).mean() < 6


def test_one_pixel_is_a_picture() -> None:
    assert decode_image(encoded(np.zeros((1, 1, 3), np.uint8), ".png"), "dot.png").shape == (1, 1, 3)


def test_the_limit_of_pixels_is_the_last_that_passes() -> None:
    data = encoded(PAGE, ".png")
    assert decode_image(data, "page.png", max_pixels=2400).shape == PAGE.shape
    with pytest.raises(SourceError, match="page.png: 60 x 40 pixels, more than the 2,399 allowed"):
        decode_image(data, "page.png", max_pixels=2399)


def jpeg_of_two_sizes() -> bytes:
    """A JPEG of 60x40 that states a smaller size, too, where a decoder no longer looks."""
    data = encoded(PAGE, ".jpg")
    size = data.index(b"\xff\xc0")
    stated = data[size : size + 2 + int.from_bytes(data[size + 2 : size + 4], "big")]
    return data[:-2] + stated[:5] + b"\0\2\0\2" + stated[9:] + data[-2:]


def tiff_of_two_sizes() -> bytes:
    """A TIFF of 60x40 whose directory states width and height twice, the second time smaller."""
    data = encoded(PAGE, ".tif")
    at = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[at : at + 2], "little")
    entries = [data[at + 2 + 12 * i : at + 14 + 12 * i] for i in range(count)]
    sizes = [entry for entry in entries if int.from_bytes(entry[:2], "little") in (256, 257)]
    stated = sorted(entries + [entry[:8] + b"\2\0\0\0" for entry in sizes], key=lambda entry: entry[:2][::-1])
    data += bytes(len(data) % 2)
    directory = len(stated).to_bytes(2, "little") + b"".join(stated) + bytes(4)
    return data[:4] + len(data).to_bytes(4, "little") + data[8:] + directory


@pytest.mark.parametrize("make", [jpeg_of_two_sizes, tiff_of_two_sizes])
def test_a_second_size_in_the_header_passes_no_limit(make: Callable[[], bytes]) -> None:
    """What is stated must be what is decoded, or a bomb would come through."""
    data = make()
    assert decode_image(data, "bomb", max_pixels=2400).shape == PAGE.shape
    with pytest.raises(SourceError, match="60 x 40 pixels, more than the 2,399 allowed"):
        decode_image(data, "bomb", max_pixels=2399)
