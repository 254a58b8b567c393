"""Bad input is normal input: told in plain words, while everything else is read."""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
import sys
import tempfile
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from conftest import drawn, without_privileges
from PIL import Image as Pil

from camcount.cli import main
from camcount.errors import SourceError
from camcount.sources import open_source

PAGE = drawn("4071", (320, 120)).frame.image


def encoded(suffix: str, image: np.ndarray = PAGE) -> bytes:
    return cv2.imencode(suffix, image)[1].tobytes()


def saved(form: str, mode: str = "RGB", **settings: object) -> bytes:
    out = io.BytesIO()
    Pil.fromarray(PAGE).convert(mode).save(out, form, **settings)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(side: int = 30_000) -> bytes:
    """A whole, valid PNG of one bit a pixel, all of them alike: 140 kB that would become 2.7 GB."""
    packer = zlib.compressobj(1)
    row = bytes(1 + side // 8)
    data = b"".join([packer.compress(row * 1000) for _ in range(side // 1000)] + [packer.flush()])
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def jpeg_of_size(width: int, height: int) -> bytes:
    """A JPEG whose frame header lies about its size."""
    data = bytearray(encoded(".jpg"))
    at = data.index(b"\xff\xc0") + 5
    data[at:at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


class Bad(NamedTuple):
    """A file that cannot be read, and the words that say so."""

    name: str
    data: Callable[[], bytes]
    words: str


def cut(data: bytes, share: float = 0.5) -> bytes:
    return data[:int(len(data) * share)]


BAD = {
    "empty": Bad("empty.jpg", lambda: b"", "empty (0 bytes). Copy or take it again."),
    "text": Bad("note.jpg", lambda: b"P.S. bring milk, 4071", "not a picture that camcount reads. It reads JPEG, PNG,"),
    "text-like-bmp": Bad("bm.bmp", lambda: b"BMW, Berlin " * 9, "not a picture that camcount reads."),
    "archive": Bad("a.png", lambda: b"PK\3\4" + bytes(99), "not a picture that camcount reads."),
    "cut-jpeg": Bad(
        "half.jpg", lambda: cut(encoded(".jpg")), "cut short: the end of the JPEG is missing. Copy it again.",
    ),
    "cut-jpeg-at-its-very-end": Bad(
        "h.jpg", lambda: encoded(".jpg")[:-2], "cut short: the end of the JPEG is missing.",
    ),
    "cut-progressive-jpeg": Bad(
        "p.jpg", lambda: cut(saved("JPEG", progressive=True)), "cut short: the end of the JPEG is missing."
    ),
    "cut-jpeg-header": Bad("h.jpg", lambda: encoded(".jpg")[:12], "cut short: the end of the JPEG is missing."),
    "cut-jpeg-segment": Bad("h.jpg", lambda: encoded(".jpg")[:5], "cut short within its header. Copy it again."),
    "cut-png": Bad(
        "half.png", lambda: cut(encoded(".png")), "cut short: the end of the PNG is missing. Copy it again.",
    ),
    "cut-png-header": Bad("h.png", lambda: encoded(".png")[:20], "cut short within its header."),
    "cut-webp": Bad("half.webp", lambda: cut(saved("WEBP")), "cut short: the end of the WebP is missing."),
    "cut-gif": Bad("half.gif", lambda: cut(saved("GIF")), "GIF"),
    "cut-bmp": Bad("half.bmp", lambda: cut(encoded(".bmp")), "damaged, or a kind of BMP that OpenCV cannot decode."),
    "cut-tiff": Bad("half.tif", lambda: cut(saved("TIFF")), "damaged, or a kind of TIFF that OpenCV cannot decode."),
    "damaged-png": Bad("d.png", lambda: encoded(".png").replace(b"IDAT", b"IDAX"), "damaged, or a kind of PNG"),
    "jpeg-of-no-size": Bad("0.jpg", lambda: jpeg_of_size(0, 40), "damaged: its header states no size."),
    "heic": Bad("photo.heic", lambda: b"\0\0\0\x18ftypheic" + bytes(99), "OpenCV cannot read HEIC. Export it as JPEG."),
    "heic-named-jpg": Bad("p.jpg", lambda: b"\0\0\0\x18ftypmif1" + bytes(99), "OpenCV cannot read HEIC. Export it as"),
    "avif": Bad("photo.avif", lambda: b"\0\0\0\x18ftypavif" + bytes(99), "OpenCV cannot read AVIF. Export it as JPEG."),
    "png-bomb": Bad(
        "bomb.png", png_bomb,
        "30000 x 30000 pixels, more than the 120,000,000 allowed. Scale it down, or allow more with --max-pixels.",
    ),
    "jpeg-bomb": Bad("bomb.jpg", lambda: jpeg_of_size(65500, 65500), "65500 x 65500 pixels, more than the 120,000,000"),
    "ppm-bomb": Bad("bomb.ppm", lambda: b"P6\n# big\n30000 30000\n255\n", "30000 x 30000 pixels, more than"),
    "gif-bomb": Bad(
        "bomb.gif", lambda: b"GIF89a" + struct.pack("<HH", 65535, 65535) + bytes(9), "65535 x 65535 pixels",
    ),
    "bmp-bomb": Bad(
        "bomb.bmp", lambda: b"BM" + bytes(12) + struct.pack("<Iii", 40, 40000, -40000) + bytes(40), "40000 x 40000"
    ),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder with two good pictures, between which every bad one is put."""
    monkeypatch.chdir(tmp_path)
    for name in ("first.png", "last.png"):
        Path(name).write_bytes(encoded(".png"))


def check(name: str, words: str) -> None:
    """Read the bad one between two good ones; all outputs must be whole, and the error told in each its way."""
    before = set(os.listdir())
    targets = ["first.png", name, "last.png"]
    outputs = ["--output", "out.jsonl", "--annotated", "drawn", "--crops", "crops"]
    result = CliRunner().invoke(main, ["image", *targets, *outputs], catch_exceptions=False)
    assert result.exit_code == 3
    error, summary = result.stderr.splitlines()
    assert error.startswith(f"Error: {name}: ") and words in error
    assert summary == "1 of 3 pictures could not be read."
    rows = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [row["source"] for row in rows] == targets
    assert [row.get("text") for row in rows] == ["4071", None, "4071"]
    assert rows[1] == {"schema": 1, "source": name, "error": error.removeprefix("Error: ")}
    assert sorted(os.listdir("drawn")) == ["first.png", "last.png"]
    assert len(os.listdir("crops")) == 9
    assert set(os.listdir()) == before | {"out.jsonl", "drawn", "crops"}

    alone = CliRunner().invoke(main, ["image", name], catch_exceptions=False)
    assert (alone.stdout, alone.stderr, alone.exit_code) == ("", error + "\n", 3)


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_cannot_be_read(case: str) -> None:
    bad = BAD[case]
    Path(bad.name).write_bytes(bad.data())
    check(bad.name, bad.words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gone.jpg", "no such file or folder. Check its name."),
        ("Größe 1 – ä.jpg", "no such file or folder."),
        ("gone*.jpg", "no file matches this pattern. Check it, and where you are."),
        ("empty folder", "no pictures in this folder. Looked for: .jpg .jpeg"),
        ("folder.jpg", "no pictures in this folder."),
        ("a\0b.jpg", ""),
    ],
    ids=["missing", "missing-non-ascii", "glob-of-nothing", "folder-without-pictures", "folder-named-jpg", "nul"],
)
def test_a_target_that_stands_for_nothing(name: str, words: str) -> None:
    for folder in ("empty folder", "folder.jpg"):
        Path(folder).mkdir()
    if "\0" in name:
        result = CliRunner().invoke(main, ["image", "first.png", name], catch_exceptions=False)
        assert (result.stdout, result.exit_code) == ("first.png: 4071\n", 3)
        assert "null" in result.stderr
    else:
        check(name, words)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
@pytest.mark.parametrize("secret", ["file", "folder"])
def test_no_permission(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not in tmp_path: that may be entered by its owner only.
    place = Path(tempfile.mkdtemp())
    try:
        place.chmod(0o755)
        monkeypatch.chdir(place)
        for path in ("first.png", "secret/page.png", "last.png"):
            Path(path).parent.mkdir(exist_ok=True)
            Path(path).write_bytes(encoded(".png"))
        CliRunner().invoke(main, ["image", "first.png"])  # what is imported on first use, while it may be
        Path("secret" if secret == "folder" else "secret/page.png").chmod(0)
        with without_privileges():
            result = CliRunner().invoke(
                main, ["image", "first.png", "secret/page.png", "last.png"], catch_exceptions=False
            )
        assert (result.stdout, result.exit_code) == ("first.png: 4071\nlast.png: 4071\n", 3)
        assert result.stderr.startswith("Error: secret/page.png: no permission to read it. Make it readable")
        assert not list(place.rglob("*.part"))
    finally:
        Path(place / "secret").chmod(0o700)
        shutil.rmtree(place)


def test_a_long_video_among_the_photos_is_not_taken_in() -> None:
    with open("clip.mp4", "wb") as file:
        file.write(b"\0\0\0\x18ftypisom")
        file.truncate(200_000_000)
    tracemalloc.start()
    with pytest.raises(SourceError, match="clip.mp4: not a picture that camcount reads"):
        list(open_source("clip.mp4"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_standard_input_that_is_no_picture() -> None:
    for data, words in ((b"", "empty (0 bytes)."), (cut(encoded(".jpg")), "cut short")):
        result = CliRunner().invoke(main, ["image", "-", "--json"], input=data, catch_exceptions=False)
        assert result.exit_code == 3 and f"Error: standard input: {words}" in result.stderr
        assert json.loads(result.stdout)["source"] == "-"


def test_a_picture_of_one_pixel_is_read_and_has_nothing_on_it() -> None:
    Path("dot.png").write_bytes(encoded(".png", np.zeros((1, 1, 3), np.uint8)))
    result = CliRunner().invoke(main, ["image", "dot.png", "--annotated", "a.png"], catch_exceptions=False)
    assert (result.stdout, result.stderr, result.exit_code) == ("", "dot.png: nothing recognised.\n", 0)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("16.png", lambda: encoded(".png", PAGE.astype(np.uint16) * 257)),
        ("grey.png", lambda: encoded(".png", PAGE[..., 0])),
        ("rgba.png", lambda: encoded(".png", np.dstack([PAGE, np.where(PAGE[..., :1] < 99, 255, 0).astype(np.uint8)]))),
        ("cmyk.jpg", lambda: saved("JPEG", "CMYK", quality=95)),
        ("palette.png", lambda: saved("PNG", "P")),
        ("Größe 1 – ä.jpg", lambda: encoded(".jpg")),
        pytest.param(
            "animated.gif", lambda: saved("GIF", save_all=True, append_images=[Pil.new("RGB", (320, 120), "white")]),
            marks=pytest.mark.skipif(
                tuple(map(int, cv2.__version__.split(".")[:2])) < (4, 11), reason="OpenCV reads GIF from 4.11 on"
            ),
        ),
    ],
    ids=["16-bit", "grey", "rgba", "cmyk", "palette", "non-ascii-name", "animated-gif"],
)
def test_what_looks_odd_but_is_a_picture_is_read(name: str, data: Callable[[], bytes]) -> None:
    Path(name).write_bytes(data())
    result = CliRunner().invoke(main, ["image", name], catch_exceptions=False)
    assert (result.stdout, result.stderr, result.exit_code) == ("4071\n", "", 0)


def test_a_bomb_may_be_allowed_and_then_is_decoded() -> None:
    Path("large.png").write_bytes(png_bomb(3000))
    refused = CliRunner().invoke(main, ["image", "large.png", "--max-pixels", "8999999"])
    assert refused.exit_code == 3 and "3000 x 3000 pixels, more than the 8,999,999 allowed" in refused.stderr
    assert CliRunner().invoke(main, ["image", "large.png", "--max-pixels", "9000000"]).exit_code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="a name that is no UTF-8 can be made on Linux only")
def test_a_name_that_no_terminal_can_show() -> None:
    name = os.fsdecode(b"caf\xe9.png")
    Path(name).write_bytes(encoded(".png"))
    for form in ("text", "jsonl", "csv"):
        result = CliRunner().invoke(main, ["image", name, "first.png", "--format", form], catch_exceptions=False)
        assert result.exit_code == 0 and "udce9" in result.stdout
        Path(f"out.{form}").unlink(missing_ok=True)
        CliRunner().invoke(
            main, ["image", name, "first.png", "--format", form, "--output", f"out.{form}"], catch_exceptions=False
        )
        assert "udce9" in Path(f"out.{form}").read_text(encoding="utf-8")
