"""The command that prepares sourcing rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from oms_api.postal_files import areas


def add_to(app: typer.Typer) -> None:
    """Put these commands under `oms`."""
    app.command("postal-areas")(postal_areas)


def postal_areas(
    files: Annotated[
        list[Path], typer.Argument(help="GeoNames' postal codes, such as DE.txt.", dir_okay=False)
    ],
    length: Annotated[
        int, typer.Option(min=1, max=10, help="Codes that begin with so many same characters.")
    ] = 3,
) -> None:
    """Print where postal codes are, as `postalAreas` of the sourcing rules."""
    found = [
        {
            "country": area.country,
            "postalCode": area.postal_code,
            "latitude": area.latitude,
            "longitude": area.longitude,
        }
        for area in areas(files, length)
    ]
    typer.echo(json.dumps(found, indent=1))
