"""A reader -> an application: the page, the API, the stream, and what watches over them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from camcount import __version__
from camcount.reader import Reader
from camcount.web.desk import Desk
from camcount.web.guard import Guard
from camcount.web.manual import describe
from camcount.web.metrics import Meter, Metrics
from camcount.web.problems import Problem, error_shape
from camcount.web.routes import make_routes, tell_model
from camcount.web.settings import Settings
from camcount.web.shapes import ErrorShape
from camcount.web.stream import serve_stream

STATIC = Path(__file__).parent / "static"
SHOWN = ["GET", "HEAD"]
"""By which a page is asked for; HEAD, by those who watch whether it is there."""


def create_app(reader: Reader, settings: Settings = Settings()) -> FastAPI:
    """Put a reader behind HTTP.

    Args:
        reader: serves all requests and streams; it has no memory.
        settings: what is allowed.
    """
    model = tell_model(reader)
    metrics = Metrics(model)
    desk = Desk(settings.workers, settings.queue, settings.seconds)
    streams: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()

    app = FastAPI(
        title="camcount", version=__version__, summary="Reads handwritten numbers.", lifespan=lifespan,
        docs_url=None, redoc_url=None, responses={"4XX": {"model": ErrorShape, "description": "Refused."}},
    )
    app.include_router(make_routes(reader, model, settings, metrics, desk))
    _add_errors(app)
    _add_pages(app)

    @app.websocket("/v1/stream")
    async def stream(socket: WebSocket) -> None:
        await serve_stream(socket, reader, settings, metrics, desk, streams)

    describe(app, bool(settings.token))
    app.add_middleware(Guard, settings=settings)
    app.add_middleware(Meter, metrics=metrics)
    return app


def _add_pages(app: FastAPI) -> None:
    """Add the page, its documentation, and what they are made of."""
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.api_route("/", methods=SHOWN, include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(STATIC / "index.html")

    @app.api_route("/docs", methods=SHOWN, include_in_schema=False)
    async def docs() -> FileResponse:
        return FileResponse(STATIC / "docs.html")


def _add_errors(app: FastAPI) -> None:
    """Tell all errors in one shape."""

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> JSONResponse:
        return error.response()

    @app.exception_handler(RequestValidationError)
    async def option(request: Request, error: RequestValidationError) -> JSONResponse:
        told = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())
        return JSONResponse(error_shape(f"{told}. The options stand in /docs."), 422)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        said = f"{request.method} {request.url.path}: {error.detail}. What there is stands in /docs."
        return JSONResponse(error_shape(said), error.status_code, error.headers)
