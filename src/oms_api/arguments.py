"""Arguments that many queries have."""

from __future__ import annotations

from typing import Annotated

import strawberry

from oms_api.scalars import Position

MinPosition = Annotated[
    Position | None,
    strawberry.argument(
        description="Wait until what was written up to here can be read (at most five seconds,"
        " then READ_MODEL_BEHIND). The header `X-Min-Position` does it for a whole request."
    ),
]
