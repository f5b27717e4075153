"""Options and arguments that several commands share."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from artifact_check.report.language import ENGLISH, get_language, language_codes

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def group_options(name: str, kind: type, *options: Decorator) -> Decorator:
    """Add options to a command, which receives their values as one argument `name`.

    `kind` is a dataclass with a field for each option.
    """
    fields = [field.name for field in dataclasses.fields(kind)]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def run(**values: Any) -> Any:  # noqa: ANN401 - whatever the command takes
            grouped = {field: values.pop(field) for field in fields}
            return command(**values, **{name: kind(**grouped)})

        decorated: Callable[..., Any] = run
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


MODEL = click.option(
    "--model",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Use this model bundle.  [the one shipped with the program]",
)
TRUST_LIST = click.option(
    "--trust-list",
    metavar="FILE.pem",
    type=click.Path(path_type=Path),
    help="Trust Content Credentials signed with these certificates.  [none: every signer is unknown]",
)
LANGUAGE = click.option(
    "--language",
    type=click.Choice(language_codes()),
    default=ENGLISH.code,
    callback=lambda _ctx, _param, code: get_language(code),
    help="Language of text for people; data formats stay English.  [en]",
)
