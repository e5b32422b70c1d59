"""HiGHS as a solver: one thread and a fixed seed, so that the same program has the same answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from oms_core.sourcing.program import Answer, Program, provide

GAP = 1e-9
EXACT = 5e-7
"""What two sums of the same costs differ by at most; costs are whole millionths."""


class Highs:
    """The solver of the package highspy."""

    name = "HiGHS"

    def solve(self, program: Program, start: Sequence[int], seconds: float) -> Answer | None:
        """Solve to the end or until the time is over.

        A start may become something cheaper while HiGHS simplifies the program. If nothing else is
        better, it answers with the start itself then, and calls that the best. So it is asked again
        without a start when its answer costs more than it says.
        """
        answer = _asked(program, start, seconds)
        if answer is None or answer.proven or (left := seconds - answer.seconds) <= 0:
            return answer
        again = _asked(program, None, left)
        if again is None:
            return replace(answer, seconds=seconds)
        best = min(again, answer, key=lambda each: program.cost(each.values))
        return replace(best, seconds=answer.seconds + again.seconds)


def _asked(program: Program, start: Sequence[int] | None, seconds: float) -> Answer | None:
    import highspy  # noqa: PLC0415 - an optional part that takes long to load

    model = silent()
    for option, value in (
        ("threads", 1),
        ("random_seed", 1),
        ("time_limit", seconds),
        ("mip_rel_gap", GAP),
        ("mip_abs_gap", GAP),
    ):
        model.setOptionValue(option, value)
    model.passModel(_model(program))
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = [float(value) for value in start]
        model.setSolution(solution)
    model.run()
    info = model.getInfo()
    if info.primal_solution_status != highspy.kSolutionStatusFeasible:
        return None
    values = [round(value) for value in model.getSolution().col_value]
    proven = (
        model.getModelStatus() == highspy.HighsModelStatus.kOptimal
        and program.cost(values) <= info.objective_function_value + EXACT
    )
    return Answer(values, info.mip_dual_bound, proven, model.getRunTime())


def silent() -> Any:
    """Make a model that writes nothing to the standard output.

    The package's own constructor asks for callbacks before anybody could set an option, and the
    first model of a process that does so greets with two lines.
    """
    import highspy  # noqa: PLC0415

    class Silent(highspy.Highs):
        def enableCallbacks(self) -> None:  # noqa: N802 - the package's name
            self.setOptionValue("output_flag", False)
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    return Silent()  # type: ignore[no-untyped-call]


def _model(program: Program) -> Any:
    import highspy  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    columns, rows = len(program.costs), program.rows
    terms = [term for _, _, row in rows for term in row]
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns, len(rows)
    model.col_cost_ = np.array(program.costs, dtype=np.double)
    model.col_lower_ = np.zeros(columns)
    model.col_upper_ = np.array(program.most, dtype=np.double)
    model.row_lower_ = np.array([low for low, _, _ in rows], dtype=np.double)
    model.row_upper_ = np.array([high for _, high, _ in rows], dtype=np.double)
    model.integrality_ = [highspy.HighsVarType.kInteger] * columns
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.cumsum([0, *(len(row) for _, _, row in rows)], dtype=np.int32)
    model.a_matrix_.index_ = np.array([at for at, _ in terms], dtype=np.int32)
    model.a_matrix_.value_ = np.array([factor for _, factor in terms], dtype=np.double)
    return model


if find_spec("highspy") is not None:
    provide(Highs())
