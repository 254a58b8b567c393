"""The cameras of this machine: their numbers, names, paths and modes, without disturbing who uses them."""

from __future__ import annotations

import os
import re
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from camcount.errors import SourceError

_V4L = Path("/sys/class/video4linux")
REFUSED = "Run: sudo usermod -aG video $USER, then log in again."
"""How to mend that a camera may not be read."""
_MOST_PROBED = 6
"""Where the system has no list of cameras that Python can read, so many numbers are tried."""

# Linux's own numbers, from linux/videodev2.h.
_CAPTURE, _DEVICE_CAPS = 0x1, 0x80000000
_QUERYCAP, _ENUM_FMT, _ENUM_SIZES, _ENUM_RATES = 0x80685600, 0xC0405602, 0xC02C564A, 0xC034564B
_DISCRETE = 1


@dataclass(frozen=True, slots=True)
class Device:
    """A camera."""

    index: int
    name: str
    path: str = ""
    readable: bool = True
    modes: tuple[str, ...] = field(default=())
    """Such as "MJPG 1280x720 30"; empty where the system does not tell."""


def list_devices(folder: Path = _V4L, modes: bool = False) -> list[Device]:
    """List the cameras; on Linux by reading what the kernel tells of them, so that none is opened for a picture.

    Args:
        folder: where Linux lists them.
        modes: ask each for its modes too.
    """
    if not sys.platform.startswith("linux"):
        return list(_probe())
    found = []
    for entry in sorted(folder.glob("video*"), key=lambda entry: int(re.sub(r"\D", "", entry.name) or 0)):
        number = int(re.sub(r"\D", "", entry.name) or 0)
        try:
            name = (entry / "name").read_text().strip()
            part = (entry / "index").read_text().strip() if (entry / "index").is_file() else "0"
        except OSError:
            continue
        path = f"/dev/video{number}"
        readable = os.access(path, os.R_OK | os.W_OK)
        # A camera has further nodes, which give no picture but facts about it.
        if part == "0" and (not readable or _captures(path)):
            found.append(Device(number, name, path, readable, tuple(_modes(path)) if modes and readable else ()))
    return found


def find_device(wanted: str, devices: Sequence[Device]) -> Device:
    """Find the camera of this name, or with this part of a name.

    Raises:
        SourceError: when there is none, or several.
    """
    hits = [device for device in devices if wanted.casefold() in device.name.casefold()]
    exact = [device for device in hits if device.name.casefold() == wanted.casefold()]
    if len(exact or hits) == 1:
        return (exact or hits)[0]
    if hits:
        raise SourceError(f"{wanted}: several cameras are called so: {tell_devices(hits)}. Give a number.")
    told = f"Cameras found: {tell_devices(devices)}" if devices else "No camera was found"
    raise SourceError(
        f"{wanted}: no such file, and no camera is called so. {told}. Without a camera: camcount live synth:"
    )


def tell_devices(devices: Sequence[Device]) -> str:
    """List cameras in words."""
    return ", ".join(f'{d.index} "{d.name}"' + (f" ({d.path})" if d.path else "") for d in devices)


def _captures(path: str) -> bool:
    """Tell whether a node gives pictures; where it does not answer, it may."""
    data = _ask(path, _QUERYCAP, bytearray(104))
    if data is None:
        return True
    capabilities, device = struct.unpack_from("<II", data, 84)
    return bool((device if capabilities & _DEVICE_CAPS else capabilities) & _CAPTURE)


def _modes(path: str) -> Iterator[str]:
    """Give the modes of a node: its pixel formats, sizes, and the fastest rate of each."""
    for number in range(32):
        form = _ask(path, _ENUM_FMT, bytearray(struct.pack("<II", number, 1)) + bytearray(56))
        if form is None:
            return
        pixel = struct.unpack_from("<I", form, 44)[0]
        name = struct.pack("<I", pixel).decode("ascii", "replace").strip()
        for width, height in _listed(path, _ENUM_SIZES, struct.pack("<I", pixel), 44):
            asked = struct.pack("<III", pixel, width, height)
            rates = [below / above for above, below in _listed(path, _ENUM_RATES, asked, 52) if above]
            yield f"{name} {width}x{height}" + (f" {max(rates):g}" if rates else "")


def _listed(path: str, request: int, asked: bytes, size: int) -> Iterator[tuple[int, int]]:
    """Give the pairs of numbers that a node lists, one after another."""
    for number in range(64):
        data = _ask(path, request, bytearray((struct.pack("<I", number) + asked).ljust(size, b"\0")))
        if data is None:
            return
        kind, first, second = struct.unpack_from("<III", data, 4 + len(asked))
        if kind != _DISCRETE:
            return
        yield first, second


def _ask(path: str, request: int, data: bytearray) -> bytearray | None:
    """Ask a node of the kernel; None where it does not answer. It takes no picture, and so disturbs nobody."""
    import fcntl

    ioctl: Callable[[int, int, bytearray], int] = getattr(fcntl, "ioctl")
    try:
        node = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        ioctl(node, request, data)
        return data
    except OSError:
        return None
    finally:
        os.close(node)


def _probe() -> Iterator[Device]:
    """Try the first numbers, where there is no list: this does open each camera for a moment."""
    import cv2

    for index in range(_MOST_PROBED):
        camera = cv2.VideoCapture(index)
        if camera.isOpened():
            yield Device(index, f"camera {index}")
        camera.release()
