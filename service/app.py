"""The FastAPI application: routes, middleware, error handlers and the OpenAPI document."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import multiprocessing.process
import os
import signal
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette_compress import CompressMiddleware

from recommender.errors import RelatedError
from service import metrics
from service.article_map import ArticleMap
from service.auth import Auth, Gatekeeper
from service.engine import Engine
from service.etag_cache import ETagCache
from service.judging import Judging
from service.logs import configure_logs
from service.openapi import openapi_of
from service.overviews import Overviews
from service.problems import KINDS, ServiceError, kind_of, of_http, of_validation, request_id_of, respond
from service.rate_limits import SQLiteStorage
from service.request_limits import RequestLimits
from service.reviewing import Reviewing
from service.routes import articles, judging, operations, overview, pages, related, review, rules, search, story
from service.settings import VERSION, ServiceSettings
from service.stories import Stories

log = logging.getLogger("service")

STARTUP_FAILURE = 3
"""Exit code that tells uvicorn not to try again."""
SWITCH_INTERVAL_S = 0.0005
LISTEN_ANYWAY_S = 10.0
"""How long one of several workers waits for its collection before it takes requests."""
LEAST_COMPRESSED_BYTES = 1000
ROUTERS = (
    articles.router,
    story.router,
    related.router,
    rules.router,
    search.router,
    overview.router,
    pages.router,
    operations.router,
)


def create_app(settings: ServiceSettings) -> FastAPI:
    """Create the application for one collection.

    Args:
        settings: The collection, keys, rates and limits.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with contextlib.ExitStack() as stack:
            shared = settings.shared or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            storage = stack.enter_context(contextlib.closing(SQLiteStorage(shared / "rates.sqlite")))
            app.state.gatekeeper = Gatekeeper(settings, storage)
            if settings.review:
                app.state.reviewing = Reviewing.open(settings.review, settings.collection)
            if settings.judging:
                app.state.judging = stack.enter_context(Judging.open(settings.judging))
            async with app.state.engine.running(), app.state.overviews.running(), app.state.stories.running():
                if settings.workers > 1:
                    # The others answer in the meantime.
                    await app.state.engine.first_opening(LISTEN_ANYWAY_S)
                yield
            metrics.leave()

    app = FastAPI(
        title="Related articles",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.engine = Engine(settings)
    app.state.overviews = Overviews(app.state.engine)
    app.state.stories = Stories(app.state.engine)
    app.state.article_map = ArticleMap()
    sessions = ((settings.judging, judging.router), (settings.review, review.router))
    app.state.routers = (*ROUTERS, *(router for is_on, router in sessions if is_on))
    for router in app.state.routers:
        app.include_router(router)
    app.add_exception_handler(RelatedError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_error)
    app.add_exception_handler(HTTPException, _on_error)
    app.add_middleware(ETagCache)
    app.add_middleware(Auth)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "if-none-match"],
            expose_headers=["etag", "x-request-id"],
        )
    app.add_middleware(CompressMiddleware, minimum_size=LEAST_COMPRESSED_BYTES)
    app.add_middleware(RequestLimits, settings=settings)
    app.openapi = lambda: openapi_of(app)  # type: ignore[method-assign]
    return app


def create_from_environment() -> FastAPI:
    """Create the application from the environment, for workers."""
    configure_logs()
    # With the default of 5 ms, each request would wait that long for the thread that computes answers.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        app = create_app(ServiceSettings.read())
    except RelatedError as error:
        log.error("the service cannot start: %s", error)
        raise SystemExit(STARTUP_FAILURE) from None
    parent = multiprocessing.parent_process()
    if parent is None:
        # Several workers are replaced by their parent on SIGHUP; a service of one process reads its settings again.
        signal.signal(signal.SIGHUP, lambda *_: _read_settings_again(app))
    else:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    return app


def _read_settings_again(app: FastAPI) -> None:
    try:
        app.state.gatekeeper.use(ServiceSettings.read())
    except RelatedError as error:
        log.error("the settings stay as they were: %s", error)
    else:
        log.info("keys, rates and proxies were read again; other settings are read at a restart")


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    """End this worker in an orderly way if its parent is killed: nobody would replace it, and it holds the port."""
    parent.join()
    log.error("the parent process is gone; this worker ends")
    os.kill(os.getpid(), signal.SIGTERM)


async def _on_error(request: Request, error: Exception) -> Response:
    if isinstance(error.__cause__, ServiceError):
        # FastAPI wraps errors that are raised while it reads a body.
        error = error.__cause__
    elif isinstance(error, RequestValidationError):
        error = of_validation(error)
    elif isinstance(error, HTTPException):
        allowed = _methods(request) if error.status_code == 405 else ""
        error = of_http(error, request.scope["path"], {"Allow": allowed} if allowed else error.headers)
    request_id = request_id_of(request)
    kind = kind_of(error)
    request.scope["state"]["problem"] = kind
    if KINDS[kind].status >= 500 and kind != "not-ready":
        log.error("request %s failed: %s", request_id, error)
    return respond(error, request_id)


def _methods(request: Request) -> str:
    """Return the methods of all routes at this path; Starlette names those of the first route only."""
    routes = [route for router in request.app.state.routers for route in router.routes if isinstance(route, Route)]
    fitting = [route.methods or () for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    methods = {method for each in fitting for method in each}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))
