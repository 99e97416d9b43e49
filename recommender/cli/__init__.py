"""The command line `related`, with one module for each command; nothing else prints."""

from __future__ import annotations

import sys

import typer

from recommender.cli import (
    backup,
    build,
    copy,
    demo,
    distil,
    doctor,
    embed,
    enrich,
    evaluate,
    export,
    feed,
    inspect,
    judge,
    overview,
    qrels,
    query,
    rules,
    run,
    serve,
    tune,
)
from recommender.cli.output import fail, say
from recommender.errors import RelatedError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as in shells."""

app = typer.Typer(
    name="related",
    help="Related articles for content sites: given one article, which others should its reader see next?",
    epilog="Exit codes: 0 done, 1 error, 2 wrong usage, 3 some articles were skipped (they are listed), "
    "4 --check found changes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
demo.register(app)
inspect.register(app)
build.register(app)
query.register(app)
enrich.register(app)
overview.register(app)
export.register(app)
qrels.register(app)
run.register(app)
rules.register(app)
judge.register(app)
evaluate.register(app)
tune.register(app)
serve.register(app)
distil.register(app)
doctor.register(app)
backup.register(app)
copy.register(app)
embed.register(app)
feed.register(app)


@app.callback()
def _options(debug: bool = typer.Option(False, "--debug", help="Show a traceback with an error.")) -> None:
    """Related articles for content sites."""


def main() -> None:
    """Run the command line and exit with its code."""
    arguments = sys.argv[1:]
    # `--debug` is accepted anywhere, even after the command.
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        app(arguments)
    except RelatedError as error:
        if debug:
            raise
        fail(error)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:
            say("stopped; committed work is kept")
        raise
