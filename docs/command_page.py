"""A page with every command and option, from `--help`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click
from markdown_text import cell, escaped

from artifact_check.cli import commands

_INTRODUCTION = """# Commands

Data goes to standard output, messages to standard error. Defaults are in brackets.
"""


def page() -> str:
    """The page as Markdown."""
    program = click.Context(commands, info_name="artifact-check", help_option_names=["-h", "--help"])
    parts = [_INTRODUCTION, _help(commands), *_options(commands, program)]
    for name, command in sorted(commands.commands.items()):
        context = click.Context(command, program, info_name=name)
        parts += [f"\n## {name}\n", f"```text\n{_usage(command, context)}\n```\n", _help(command)]
        parts += _options(command, context)
    return "\n".join(parts) + "\n"


def _usage(command: click.Command, context: click.Context) -> str:
    return " ".join(command.get_usage(context).removeprefix("Usage: ").split())


def _help(command: click.Command) -> str:
    return escaped(inspect.cleandoc(command.help or "")) + "\n"


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    yield "| option | what it does |\n|---|---|"
    for parameter in command.get_params(context):
        if not isinstance(parameter, click.Argument) and (record := parameter.get_help_record(context)):
            yield f"| `{record[0]}` | {cell(record[1])} |"
