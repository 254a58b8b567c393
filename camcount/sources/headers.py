"""Picture headers: format, size and whether the end of the file is there, before anything is decoded.

`imagesize` on PyPI reads sizes too, but not whether a file is whole, and importing it brings in urllib.request, a
quarter of what `camcount image` may take; both walk the same few bytes.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

FORMATS = ("JPEG", "PNG", "WebP", "TIFF", "BMP", "GIF", "PNM")
"""What `read_header` knows, and camcount therefore decodes."""

_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_JPEG_NOT_SIZE = (0xC4, 0xC8, 0xCC)
_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
_PNM_SIZE = re.compile(rb"P[1-6](?:\s+|#[^\n]*\n)+(\d{1,9})(?:\s+|#[^\n]*\n)+(\d{1,9})\s")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")


class Header(NamedTuple):
    """What the first bytes of a picture say."""

    format: str
    width: int
    height: int
    alpha: bool = False
    """Whether it may be transparent."""
    whole: bool = True
    """False when the end that the format demands is missing."""


def read_header(data: bytes) -> Header | None:
    """Read the header of a picture; None when its format is none of `FORMATS`.

    Raises:
        EOFError: when the bytes end within the header.
    """
    try:
        for magic, read in _READERS:
            if data.startswith(magic):
                return read(data)
    except (struct.error, IndexError):
        raise EOFError("the header is not whole") from None
    return None


def foreign_format(data: bytes) -> str | None:
    """Name the format of a picture that OpenCV cannot decode (HEIC, AVIF), or give None."""
    if data[4:8] != b"ftyp":
        return None
    if data[8:12] in (b"avif", b"avis"):
        return "AVIF"
    return "HEIC" if data[8:12] in _HEIF_BRANDS else None


def _jpeg(data: bytes) -> Header:
    """Walk the segments from SOI to EOI; an EOI within a thumbnail is stepped over with its segment."""
    width = height = 0
    at = 2
    while marker := _JPEG_MARKER.search(data, at):
        at, code = marker.end(), data[marker.end() - 1]
        if code == 0xD9:
            return Header("JPEG", width, height)
        # Of several sizes the first is the one that is decoded.
        if not width and 0xC0 <= code <= 0xCF and code not in _JPEG_NOT_SIZE:
            height, width = struct.unpack_from(">HH", data, at + 3)
        at += struct.unpack_from(">H", data, at)[0]
    return Header("JPEG", width, height, whole=False)


def _png(data: bytes) -> Header:
    width, height = struct.unpack_from(">II", data, 16)
    alpha = data[25] in (4, 6)
    at = 8
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        at += 12 + length
        alpha = alpha or kind == b"tRNS"
        if kind == b"IEND":
            return Header("PNG", width, height, alpha, whole=at <= len(data))
    return Header("PNG", width, height, alpha, whole=False)


def _gif(data: bytes) -> Header:
    width, height = struct.unpack_from("<HH", data, 6)
    return Header("GIF", width, height, alpha=True)


def _bmp(data: bytes) -> Header | None:
    size = struct.unpack_from("<I", data, 14)[0]
    if size not in _BMP_HEADERS:
        return None
    # The fourth channel of a BMP is padding as a rule, zero everywhere: taken for alpha, it would whiten the picture.
    width, height = struct.unpack_from("<HH" if size == 12 else "<ii", data, 18)
    return Header("BMP", width, abs(height))


def _tiff(data: bytes) -> Header:
    """Read the first page's directory (TIFF 6.0, section 2)."""
    order = "<" if data.startswith(b"II") else ">"
    directory = struct.unpack_from(order + "I", data, 4)[0]
    tags: dict[int, int] = {}
    for i in range(struct.unpack_from(order + "H", data, directory)[0]):
        tag, kind = struct.unpack_from(order + "HH", data, directory + 2 + 12 * i)
        value = struct.unpack_from(order + ("H" if kind == 3 else "I"), data, directory + 10 + 12 * i)[0]
        tags.setdefault(tag, value)
    return Header("TIFF", tags.get(256, 0), tags.get(257, 0), alpha=338 in tags)


def _webp(data: bytes) -> Header | None:
    if data[8:12] != b"WEBP":
        return None
    whole = struct.unpack_from("<I", data, 4)[0] + 8 <= len(data)
    if data[12:16] == b"VP8X":
        width, height = (int.from_bytes(data[at:at + 3], "little") + 1 for at in (24, 27))
        return Header("WebP", width, height, bool(data[20] & 0x10), whole)
    if data[12:16] == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return Header("WebP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1), whole)
    width, height = struct.unpack_from("<HH", data, 26)
    return Header("WebP", width & 0x3FFF, height & 0x3FFF, whole=whole)


def _pnm(data: bytes) -> Header | None:
    size = _PNM_SIZE.match(data)
    return Header("PNM", int(size[1]), int(size[2])) if size else None


_READERS = (
    (b"\xff\xd8\xff", _jpeg),
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"RIFF", _webp),
    ((b"II*\0", b"MM\0*"), _tiff),
    (b"BM", _bmp),
    ((b"GIF87a", b"GIF89a"), _gif),
    (b"P", _pnm),
)
