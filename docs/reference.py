"""Reference pages made while the site is built: commands from their live help, Python from docstrings, schemas.

A hook of MkDocs (``mkdocs.yml``); nothing it makes is kept, so nothing of it can fall behind the code.
"""

import contextlib
import importlib
import inspect
import io
import json
import os

import typer

import eventstudy
from eventstudy.cli.app import command_line
from eventstudy.cli.main import main
from eventstudy.study.envelope import envelope_schema
from eventstudy.trading.export import trading_schema

#: Packages whose public names follow those of `eventstudy` itself.
PACKAGES = ("charts", "events", "news", "trading")


def on_files(files, config):
    """Add the three pages to the site."""
    from mkdocs.structure.files import File

    for name, page in (("commands", commands()), ("python", python()), ("schemas", schemas())):
        files.append(File.generated(config, f"reference/{name}.md", content=page))
    return files


def commands():
    """Return the page of commands: the help of each as it prints at 80 columns."""
    head = "# Commands\n\nEach as `eventstudy COMMAND --help` prints it; `run` and its like with `--help-all`.\n"
    names = command_names(typer.main.get_command(command_line()))
    return "\n".join([head, *(f"## `eventstudy {' '.join(one)}`\n\n```text\n{help_of(one)}\n```\n" for one in names)])


def command_names(group, before=()):
    """Return the words of every command of a group, groups of commands opened."""
    found = []
    for name in sorted(group.commands):
        command = group.commands[name]
        if command.hidden:
            continue
        words = (*before, name)
        found += command_names(command, words) if hasattr(command, "commands") else [words]
    return found


def help_of(words):
    """Return the whole help of a command at 80 columns, without colour."""
    os.environ.update(COLUMNS="80", TERM="dumb", NO_COLOR="1")
    for option in ("--help-all", "--help"):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            try:
                main([*words, option])
            except SystemExit as left:
                if not left.code:
                    return "\n".join(line.rstrip() for line in printed.getvalue().strip().splitlines())
    raise ValueError(f"no help of {' '.join(words)}")


def python():
    """Return the page of public names: each from the docstring where it is written."""
    parts = ["# Python\n\nWhat `import eventstudy as es` gives, then its packages.\n"]
    parts += [f"::: {home}\n" for home in map(_home, _named(eventstudy)) if home]
    for package in PACKAGES:
        module = importlib.import_module(f"eventstudy.{package}")
        parts.append(f"# es.{package}\n")
        parts += [f"::: {home}\n" for home in map(_home, _named(module)) if home]
    return "\n".join(parts)


def schemas():
    """Return the page of schemas of what the commands print as JSON."""
    parts = ["# Schemas\n\nJSON Schema of what is printed with `--format json`; shipped with the package and tested.\n"]
    made = {"study": envelope_schema()} | {kind: trading_schema(kind) for kind in ("ask", "signals", "backtest")}
    parts += [f"## {name}\n\n```json\n{json.dumps(schema, indent=2)}\n```\n" for name, schema in made.items()]
    return "\n".join(parts)


def _named(module):
    return [getattr(module, name) for name in module.__all__]


def _home(thing):
    """Return where a class or function is written; None for anything else."""
    if inspect.isclass(thing) or inspect.isfunction(thing):
        return f"{thing.__module__}.{thing.__qualname__}"
    return None
