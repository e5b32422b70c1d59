"""Arguments that many queries have."""

from __future__ import annotations

from datetime import datetime
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

AsOf = Annotated[
    datetime | None,
    strawberry.argument(
        description="As it was known then: by the time of recording, also when things were dated"
        " earlier."
    ),
]

ValidAt = Annotated[
    datetime | None,
    strawberry.argument(
        description="As it truly was then: by the time of happening, whenever that became known."
        " With `asOf`, as it was believed then to have been."
    ),
]
