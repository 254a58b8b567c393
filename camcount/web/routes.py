"""The routes of the API."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from camcount import __version__
from camcount.classify import load_card
from camcount.ensemble import name_network
from camcount.expect import parse_count
from camcount.files import fingerprint
from camcount.reader import Reader
from camcount.web.bodies import Upload, read_uploads
from camcount.web.desk import Desk
from camcount.web.metrics import Metrics
from camcount.web.problems import Problem
from camcount.web.settings import Settings
from camcount.web.shapes import (
    BATCH, EXPLANATION, MODEL, PICTURE, PICTURES, READING, REFUSED, BatchShape, ExplanationShape, HealthShape,
    ReadingShape,
)
from camcount.web.work import Options, explain_upload, read_each, read_upload


def _answers(example: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": example}}}}


def _ways(
    ink: Annotated[
        Literal["auto", "dark", "light"] | None,
        Query(description="Whether the ink is darker than the paper, or lighter.", examples=["dark"]),
    ] = None,
    min_confidence: Annotated[
        float | None, Query(ge=0, le=1, description="Less sure digits read as ?.", examples=[0.7])
    ] = None,
    digits: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9]{1,4}(-[0-9]{1,4})?$", description="How many a number has: 5, or 4-6.", examples=["4-6"],
        ),
    ] = None,
    rotate: Annotated[
        Literal["auto", "0", "90", "180", "270"] | None,
        Query(description="Degrees by which it is turned clockwise before it is read.", examples=["auto"]),
    ] = None,
) -> Options:
    try:
        count = None if digits is None else parse_count(digits)
    except ValueError as error:
        raise Problem(422, f"digits: {error}.") from None
    return Options(ink, min_confidence, count, rotate)


Ways = Annotated[Options, Depends(_ways)]


def _options(
    ways: Ways,
    annotated: Annotated[
        Literal["png"] | None, Query(description="Send the picture with its reading, too.", examples=["png"])
    ] = None,
    crops: Annotated[bool, Query(description="Send what the model saw of each digit, too.", examples=[True])] = False,
) -> Options:
    return replace(ways, annotated=annotated is not None, crops=crops)


Wanted = Annotated[Options, Depends(_options)]


def make_routes(
    reader: Reader, model: dict[str, Any], settings: Settings, metrics: Metrics, desk: Desk
) -> APIRouter:
    """Give the routes of one server.

    Args:
        reader: that reads.
        model: what `tell_model` gives of it.
        settings: what is allowed.
        metrics: that count.
        desk: where reading is done.
    """
    routes = APIRouter()

    async def one(request: Request) -> Upload:
        uploads = await read_uploads(request, settings)
        if len(uploads) > 1:
            raise Problem(422, f"{len(uploads)} pictures. Send them to /v1/read/batch, or one alone.")
        return uploads[0]

    @routes.post(
        "/v1/read", response_model=ReadingShape, responses={**_answers(READING), **REFUSED}, openapi_extra=PICTURE,
        summary="Read one picture",
    )
    async def read(request: Request, options: Wanted) -> Response:
        """Send a JPEG, PNG, WebP, BMP or GIF as the body, or as the file of a form."""
        upload = await one(request)
        return JSONResponse(await desk.do(partial(read_upload, reader, upload, options, settings, metrics)))

    @routes.post(
        "/v1/read/batch", response_model=BatchShape, responses={**_answers(BATCH), **REFUSED}, openapi_extra=PICTURES,
        summary="Read several pictures",
    )
    async def batch(request: Request, options: Wanted) -> Response:
        """Send them as the files of a form; of one that cannot be read its error stands in its place."""
        uploads = await read_uploads(request, settings, bare=False)
        return JSONResponse(await desk.do(partial(read_each, reader, uploads, options, settings, metrics)))

    @routes.post(
        "/v1/explain", response_model=ExplanationShape, responses={**_answers(EXPLANATION), **REFUSED},
        openapi_extra=PICTURE, summary="Tell why a picture is read so",
    )
    async def explain(request: Request, options: Ways) -> Response:
        """Tell which ink spoke for each digit and which against it, and why a mark was not read."""
        upload = await one(request)
        return JSONResponse(await desk.do(partial(explain_upload, reader, upload, options, settings)))

    @routes.get("/v1/model", responses=_answers(MODEL), summary="The card of the model")
    async def card() -> dict[str, Any]:
        """Tell what the model is, from what it learnt, and how far it can be trusted."""
        return {**model, "min_confidence": reader.min_confidence, "max_upload": settings.max_upload}

    @routes.head("/healthz", include_in_schema=False)
    @routes.get("/healthz", response_model=HealthShape, summary="Whether the server lives")
    async def health() -> HealthShape:
        return HealthShape()

    @routes.head("/readyz", include_in_schema=False)
    @routes.get(
        "/readyz", response_model=HealthShape, responses={503: REFUSED[503]}, summary="Whether it has room for more",
    )
    async def ready() -> HealthShape:
        if desk.full:
            raise Problem(503, "As much waits as may wait. Try again in a second.", {"Retry-After": "1"})
        return HealthShape()

    @routes.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def figures() -> Response:
        """Give all figures in Prometheus's text format."""
        return Response(metrics.page(), media_type=CONTENT_TYPE_LATEST)

    return routes


def tell_model(reader: Reader) -> dict[str, Any]:
    """Give the card of a reader's model, with the name and hash of its file; of several, the names of all."""
    card = (load_card(reader.model) if reader.model else None) or {}
    content = reader.model.read_bytes() if reader.model else b""
    return {
        "camcount": __version__, "file": name_network(reader.classifier, reader.model),
        "sha256": fingerprint(content)["sha256"] if content else "", "card": card,
    }
