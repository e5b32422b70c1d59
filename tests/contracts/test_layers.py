"""The layers hold, and every rule about them is seen to fail when it is broken."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

PACKAGES = "The write side knows nothing of the read side, and neither knows the API"
INSIDE = "The runtime executes the domain, the domain stands on the kernel"
NO_IO = "The domain decides without I/O, clock or chance"
FACTS = "What happened is readable without the rules of the day"

ALLOWED = {
    *("__future__", "abc", "collections", "dataclasses", "datetime", "decimal", "enum"),
    *("bisect", "fractions", "functools", "itertools", "math", "operator"),
    *("re", "typing", "uuid", "zoneinfo"),
    *("iso4217", "pycountry", "pydantic", "stdnum"),
    "oms_core",
}
"""All that the domain may import. None of it asks the world outside, except by the names below."""

IMPURE = {
    *("now", "utcnow", "today", "fromtimestamp", "utcfromtimestamp", "astimezone"),
    *("uuid1", "uuid4", "uuid6", "uuid7", "uuid8", "getnode"),
    *("open", "print", "input", "exec", "eval", "__import__", "hash"),
}
"""Clocks, chance and the outside, by the names that Python and these modules have for them."""


def lint_imports(folder: Path) -> tuple[int, str]:
    """Check the packages in a folder against the repository's contracts."""
    run = subprocess.run(
        [LINT_IMPORTS, "--config", ROOT / ".importlinter", "--no-cache", "--no-logo"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


def test_the_layers_hold() -> None:
    code, report = lint_imports(SOURCE)
    assert code == 0, report
    assert "4 kept, 0 broken" in report


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """The same modules as here, all empty, so that the contracts find what they name."""
    for module in SOURCE.rglob("*.py"):
        empty = tmp_path / module.relative_to(SOURCE)
        empty.parent.mkdir(parents=True, exist_ok=True)
        empty.touch()
    return tmp_path


def test_empty_modules_break_nothing(skeleton: Path) -> None:
    assert lint_imports(skeleton)[0] == 0


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("oms_core/orders/order.py", "import oms_projections", PACKAGES),
        ("oms_core/runtime/settings.py", "import oms_api", PACKAGES),
        ("oms_projections/__init__.py", "import oms_api", PACKAGES),
        ("oms_core/kernel/money.py", "from oms_core.orders import order", INSIDE),
        ("oms_core/orders/order.py", "from oms_core.runtime import settings", INSIDE),
        ("oms_core/stock/commands.py", "from oms_core.fulfillment import process", INSIDE),
        ("oms_core/gifts/__init__.py", "", INSIDE),
        ("oms_core/orders/placing.py", "import psycopg", NO_IO),
        ("oms_core/kernel/identity.py", "import time", NO_IO),
        ("oms_core/sourcing/plan.py", "from random import shuffle", NO_IO),
        ("oms_core/fulfillment/process.py", "import eventsourcing.domain", NO_IO),
        ("oms_core/stock/events.py", "from oms_core.stock import stock_item", FACTS),
        ("oms_core/orders/quantities.py", "from oms_core.orders import commands", FACTS),
    ],
)
def test_each_contract_is_seen_to_break(
    skeleton: Path, module: str, line: str, broken: str
) -> None:
    offender = skeleton / module
    offender.parent.mkdir(exist_ok=True)
    offender.write_text(f"{line}\n")
    if module.endswith("quantities.py"):
        (skeleton / "oms_core/orders/events.py").write_text("import oms_core.orders.quantities\n")
    code, report = lint_imports(skeleton)
    assert code == 1, report
    verdicts = [line for line in report.splitlines() if line.endswith(("KEPT", "BROKEN"))]
    assert [verdict.startswith(broken) for verdict in verdicts if "BROKEN" in verdict] == [True]
    assert len(verdicts) == 4


def impurities(tree: ast.AST) -> Iterator[str]:
    """Name what a module imports or mentions that a pure one has no use for."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (a.name for a in node.names if _top(a.name) not in ALLOWED)
            case ast.ImportFrom():
                yield from (a.name for a in node.names if a.name in IMPURE)
                if node.level or _top(node.module or "") not in ALLOWED:
                    yield node.module or "."
            case ast.Attribute(attr=name) | ast.Name(id=name, ctx=ast.Load()) if name in IMPURE:
                yield name


def _top(module: str) -> str:
    return module.partition(".")[0]


def pure_modules() -> list[Path]:
    runtime = SOURCE / "oms_core" / "runtime"
    return [p for p in sorted((SOURCE / "oms_core").rglob("*.py")) if runtime not in p.parents]


@pytest.mark.parametrize("module", pure_modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_the_domain_never_asks_the_world_outside(module: Path) -> None:
    assert list(impurities(ast.parse(module.read_text()))) == []


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("import random", ["random"]),
        ("import os.path", ["os.path"]),
        ("from time import monotonic", ["time"]),
        ("from . import clock", ["."]),
        ("from uuid import uuid4", ["uuid4"]),
        ("import uuid\nuuid.uuid1()", ["uuid1"]),
        ("datetime.now(UTC)", ["now"]),
        ("clock = datetime.utcnow", ["utcnow"]),
        ("date.today()", ["today"]),
        ("datetime.fromtimestamp(0)", ["fromtimestamp"]),
        ("open('x')", ["open"]),
        ("hash('x')", ["hash"]),
        ("from uuid import UUID, uuid5\nfrom oms_core.kernel import money", []),
    ],
)
def test_what_is_impure_is_named(code: str, named: list[str]) -> None:
    assert list(impurities(ast.parse(code))) == named
