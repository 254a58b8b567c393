"""Clips for tests: what a camera would film of a page."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from conftest import drawn

from camcount.types import Image

SIZE = 640, 480


def page(text: str, size: tuple[int, int] = SIZE, height: int = 90, noise: int = 0) -> Image:
    """Give a page with a number on it, and noise of its own."""
    image = drawn(text, size, height=height, pen=8).frame.image
    if not noise:
        return image
    grain = np.random.default_rng(noise).normal(0, 2, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def write_clip(path: Path, images: list[Image], rate: float = 30.0, codec: str = "MJPG") -> Path:
    """Write images as a clip."""
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), rate, (images[0].shape[1], images[0].shape[0]))
    assert video.isOpened()
    for image in images:
        video.write(image)
    video.release()
    return path


def read_clip(path: Path) -> tuple[list[Image], float]:
    """Read a clip back: its frames, and its rate."""
    clip = cv2.VideoCapture(str(path))
    rate, frames = float(clip.get(cv2.CAP_PROP_FPS)), []
    while True:
        taken, image = clip.read()
        if not taken:
            break
        frames.append(np.asarray(image, np.uint8))
    clip.release()
    return frames, rate
