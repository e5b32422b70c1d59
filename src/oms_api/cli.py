"""The command line: `oms --help`.

A command's module is imported when the command is asked for: the whole program takes seconds.
"""

from __future__ import annotations

import sys
from importlib import import_module

import httpx
import psycopg
import typer
from pydantic import ValidationError

from oms_api import logs
from oms_core.runtime.errors import SetupError
from oms_core.runtime.garbage import look_less_often

MODULES = {
    "serve": "serving_cli",
    "migrate": "serving_cli",
    "demo": "serving_cli",
    "token": "token_cli",
    "projections": "tables_cli",
    "timers": "tables_cli",
    "refused": "tables_cli",
    "stock": "files_cli",
    "import": "files_cli",
    "seal": "proof_cli",
    "roots": "proof_cli",
    "verify": "proof_cli",
    "evidence": "proof_cli",
    "keys": "proof_cli",
    "api-keys": "api_keys_cli",
    "erase-customer": "privacy_cli",
    "customer-data": "privacy_cli",
    "privacy": "privacy_cli",
    "events": "moving_cli",
    "replay": "moving_cli",
    "postal-areas": "sourcing_cli",
    "schema": "schema_cli",
}
"""Where each command is."""


def app_for(command: str | None = None) -> typer.Typer:
    """Give the command line with one command, or with all when there is no such command."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback()(_together)
    asked = MODULES.get(command or "")
    for module in dict.fromkeys(MODULES.values()):
        if asked in (None, module):
            import_module(f"oms_api.{module}").add_to(app)
    return app


def _together() -> None:
    """An order management system that can show its work."""


def main() -> None:
    """Run the command line. What goes wrong is one sentence on standard error."""
    logs.configure()
    look_less_often()  # some commands work through the whole history
    try:
        sys.exit(app_for(next(iter(sys.argv[1:]), None))(standalone_mode=False) or 0)
    except typer.TyperException as error:
        _complain(f"{error.format_message()} See `oms --help`.", error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        _complain("Stopped.", 130)
    except (SetupError, ValidationError) as error:
        _complain(str(error), 1)
    except psycopg.Error as error:
        _complain(f"The database refused: {' '.join(str(error).split())}", 1)
    except httpx.HTTPError as error:
        _complain(f"The server did not answer: {error}. Is it running?", 1)
    except OSError as error:
        _complain(f"{error.filename or 'The system'}: {error.strerror or error}.", 1)


def _complain(sentence: str, code: int) -> None:
    typer.echo(sentence, err=True)
    sys.exit(code)
