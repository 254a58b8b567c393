"""What the API takes and gives, for its documentation and for whoever checks it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from camcount.types import SCHEMA


class DigitShape(BaseModel):
    value: str = Field(examples=["4"], description='"0" to "9", or "?" where the reader is not sure enough.')
    confidence: float = Field(ge=0, le=1, examples=[0.99])
    box: list[int] = Field(min_length=4, max_length=4, examples=[[40, 52, 88, 120]], description="x0, y0, x1, y1.")
    top: list[tuple[str, float]] = Field(description="The likeliest values, best first.")
    crop: str | None = Field(None, description="With crops=true: what the model saw, 28x28, a PNG as data: URL.")


class LineShape(BaseModel):
    text: str = Field(examples=["4071"])
    confidence: float = Field(ge=0, le=1, description="That of its least sure digit.")
    box: list[int] = Field(min_length=4, max_length=4)
    track: int | None = None
    digits: list[DigitShape]


class ReadingShape(BaseModel):
    schema_: int = Field(SCHEMA, alias="schema")
    source: str
    index: int = 0
    time: float = 0.0
    size: list[int] = Field(min_length=2, max_length=2, description="Width and height of the picture, pixels.")
    text: str = Field(examples=["4071\n225"])
    lines: list[LineShape]
    elapsed_ms: float
    why: str | None = Field(None, description="Why nothing was read, where nothing was.")
    annotated: str | None = Field(None, description="With annotated=png: the picture with its reading, a data: URL.")


class ErrorShape(BaseModel):
    schema_: int = Field(SCHEMA, alias="schema")
    source: str = Field(examples=["request"])
    error: str = Field(examples=["request: cut short: the end of the JPEG is missing. Copy it again."])


class BatchShape(BaseModel):
    schema_: int = Field(SCHEMA, alias="schema")
    readings: list[ReadingShape | ErrorShape]


class MarkShape(BaseModel):
    value: str
    share: float
    rival: str
    rival_share: float
    read: bool
    reason: str
    box: list[int] = Field(min_length=4, max_length=4)
    heat: list[list[float]] = Field(description="28 rows of 28: how much the ink of each pixel spoke for the value.")
    crop: str
    picture: str = Field(description="The heat over the crop, a PNG as data: URL.")


class ExplanationShape(BaseModel):
    schema_: int = Field(SCHEMA, alias="schema")
    source: str
    marks: list[MarkShape]
    picture: str = Field(description="All of it drawn, a PNG as data: URL.")


class HealthShape(BaseModel):
    status: Literal["ok"] = "ok"


READING: dict[str, Any] = {
    "schema": SCHEMA, "source": "request", "index": 0, "time": 0.0, "size": [1280, 720], "text": "4071",
    "lines": [
        {
            "text": "4071", "confidence": 0.93, "box": [40, 52, 310, 120], "track": None,
            "digits": [
                {
                    "value": "4", "confidence": 0.99, "box": [40, 52, 88, 120],
                    "top": [["4", 0.99], ["9", 0.006], ["1", 0.002]],
                }
            ],
        }
    ],
    "elapsed_ms": 6.1,
}
"""An example."""
BATCH: dict[str, Any] = {
    "schema": SCHEMA,
    "readings": [
        {**READING, "source": "plain.jpg"},
        {
            "schema": SCHEMA, "source": "cut.jpg",
            "error": "cut.jpg: cut short: the end of the JPEG is missing. Copy it again.",
        },
    ],
}
EXPLANATION: dict[str, Any] = {
    "schema": SCHEMA, "source": "request",
    "marks": [
        {
            "value": "4", "share": 0.99, "rival": "9", "rival_share": 0.006, "read": True,
            "reason": "4 99.0 %, 9 0.6 %", "box": [40, 52, 88, 120], "heat": [[0.0, 0.412, -0.083]],
            "crop": "data:image/png;base64,…", "picture": "data:image/png;base64,…",
        }
    ],
    "picture": "data:image/png;base64,…",
}
MODEL: dict[str, Any] = {
    "camcount": "0.1.0", "file": "digits.tflite", "sha256": "1b96c743…", "card": {"parameters": 239870},
    "min_confidence": 0.6, "max_upload": 10485760,
}
KINDS = "image/jpeg", "image/png", "image/webp", "image/bmp", "image/gif", "application/octet-stream"
PICTURE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS} | {
            "multipart/form-data": {
                "schema": {
                    "type": "object", "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
"""A body that is a picture, or a form with one."""
PICTURES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object", "required": ["files"],
                    "properties": {
                        "files": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}}
                    },
                }
            }
        },
    }
}
"""A form with pictures."""
REFUSED: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorShape, "description": said}
    for status, said in (
        (400, "The body cannot be read."), (401, "The token is missing or wrong."),
        (408, "The body did not arrive in time."), (413, "The body is too large."),
        (415, "No picture that camcount reads."), (422, "A damaged or too large picture, or a wrong option."),
        (429, "Too many requests from this client."), (503, "Too many requests wait."),
        (504, "Not read in time."),
    )
}
