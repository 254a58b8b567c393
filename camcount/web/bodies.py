"""Request bodies -> pictures: counted while they stream in, kept in memory, never in a file."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import create_form_parser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from camcount.errors import NotAPictureError, SourceError
from camcount.sources.decode import decode_image
from camcount.types import Image
from camcount.web.problems import Problem
from camcount.web.settings import MIB, Settings


FIELDS = 100
"""A form has at most so many fields that are no files."""


class Upload(NamedTuple):
    """The bytes of one picture."""

    name: str
    data: bytes


async def read_body(request: Request, settings: Settings) -> bytes:
    """Take in a body.

    Raises:
        Problem: when it is too large (413), too slow (408), or breaks off (400).
    """
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > settings.max_upload:
        raise _too_large(settings)
    try:
        return await asyncio.wait_for(_collect(request, settings), settings.seconds)
    except asyncio.TimeoutError:
        said = f"The body did not arrive within {settings.seconds:g} seconds. Send it again."
        raise Problem(408, said, {"Connection": "close"}) from None
    except ClientDisconnect:
        raise Problem(400, "The body broke off.") from None


async def _collect(request: Request, settings: Settings) -> bytes:
    taken = bytearray()
    async for part in request.stream():
        taken += part
        if len(taken) > settings.max_upload:
            raise _too_large(settings)
    return bytes(taken)


def _too_large(settings: Settings) -> Problem:
    # What still comes is of no use: the connection ends.
    most = settings.max_upload / MIB
    return Problem(413, f"More than {most:g} MB. Send a smaller picture.", {"Connection": "close"})


async def read_uploads(request: Request, settings: Settings, bare: bool = True) -> list[Upload]:
    """Take in the pictures of a body: the files of a form, or the body itself.

    Args:
        request: that brings them.
        settings: what is allowed.
        bare: whether a picture may come without a form.

    Raises:
        Problem: as `read_body`, or when there is no form where one must be (415), or it is broken (400), or holds no
            picture, or too many (422).
    """
    kind, _ = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" and not bare:
        said = "No form. Send the pictures as the files of one: multipart/form-data."
        raise Problem(415, said, {"Connection": "close"})
    body = await read_body(request, settings)
    if kind != b"multipart/form-data":
        return [Upload("request", body)]
    kind_told = request.headers["content-type"].encode("latin-1")
    return await asyncio.to_thread(_parse_form, body, kind_told, settings)


def _parse_form(body: bytes, kind: bytes, settings: Settings) -> list[Upload]:
    files: list[Upload] = []
    fields = 0

    def take(file: Any) -> None:
        if len(files) == settings.batch:
            raise Problem(422, f"More than {settings.batch} pictures in one request. Send them in several.")
        file.file_object.seek(0)
        name = (file.file_name or b"").decode("utf-8", "replace")
        files.append(Upload(name or f"picture {len(files) + 1}", file.file_object.read()))

    def pass_over(field: Any) -> None:
        nonlocal fields
        fields += 1
        if fields > FIELDS:
            raise Problem(422, f"More than {FIELDS} fields in the form. Send the pictures alone.")

    # In memory, whatever its size: that was counted.
    config: dict[str, Any] = {"MAX_MEMORY_FILE_SIZE": settings.max_upload + 1}
    try:
        parser = create_form_parser({"Content-Type": kind}, pass_over, take, config=config)
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        said = f"The form cannot be read: {error}. Send multipart/form-data, or the bare picture."
        raise Problem(400, said) from None
    if not files:
        raise Problem(422, "The form holds no file. Send the picture as a file of the form, or as the body itself.")
    return files


def decode(upload: Upload, settings: Settings) -> Image:
    """Decode a picture.

    Raises:
        Problem: when it is none that camcount reads (415), or damaged or too large (422).
    """
    try:
        return decode_image(upload.data, upload.name, settings.max_pixels)
    except NotAPictureError as error:
        raise Problem(415, str(error)) from None
    except SourceError as error:
        raise Problem(422, str(error)) from None
