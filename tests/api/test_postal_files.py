"""GeoNames' postal codes become postal areas of the sourcing rules.

The coordinates of 85716 and 75013 are those that geonames_postcode and pgeocode document.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.api.running import oms

from oms_api import postal_files
from oms_api.postal_files import UnusablePostalFile, areas
from oms_core.sourcing.commands import PublishSourcingRules
from oms_core.sourcing.geography import Areas

GEONAMES = (
    "DE\t85716\tUnterschleißheim\tBayern\tBY\t\t091\tMünchen\t09184\t48.2804\t11.5768\t6\n"
    "FR\t75013\tParis 13\tÎle-de-France\t11\tParis\t75\tParis\t751\t48.8322\t2.3561\t5\n"
)


def line(country: str, code: str, latitude: float, longitude: float) -> str:
    return "\t".join([country, code, *7 * [""], str(latitude), str(longitude), "4"]) + "\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "both.txt"
    path.write_text(GEONAMES, encoding="utf-8")
    return path


def test_the_command_prints_what_rules_take(file: Path) -> None:
    done = oms("postal-areas", str(file), "--length", "2")
    assert (done.returncode, done.stderr) == (0, "")
    printed = json.loads(done.stdout)
    assert [(one["country"], one["postalCode"]) for one in printed] == [("DE", "85"), ("FR", "75")]
    rules = PublishSourcingRules.model_validate(
        {
            "currency": "EUR",
            "postal_areas": [
                {"postal_code": one.pop("postalCode"), **one} for one in json.loads(done.stdout)
            ],
        }
    )
    assert Areas(rules.postal_areas).locate("FR", "75002") == (48.8322, 2.3561)


def test_an_area_is_in_the_middle_of_its_places(tmp_path: Path) -> None:
    path = tmp_path / "DE.txt"
    path.write_text(line("DE", "20459", 53.5, 9.9) + line("DE", "20-495", 53.6, 10.1))
    (area,) = areas([path], 3)
    assert area[:2] == ("DE", "204")
    assert area[2:] == (pytest.approx(53.55, abs=0.001), pytest.approx(10.0, abs=0.001))


def test_an_area_across_the_date_line_is_not_on_the_other_side_of_the_earth(tmp_path: Path) -> None:
    path = tmp_path / "FJ.txt"
    path.write_text(line("FJ", "11", -17.0, 179.0) + line("FJ", "12", -17.0, -179.0))
    (area,) = areas([path], 1)
    assert abs(area.longitude) == 180 and area.latitude == pytest.approx(-17.0, abs=0.01)


@pytest.mark.parametrize(
    "broken", ["DE\t85716\n", line("DE", "85716", 91, 11), "country,code\n", "DE" + 12 * "\t"]
)
def test_a_line_that_is_none_is_named(file: Path, broken: str) -> None:
    file.write_text(GEONAMES + broken, encoding="utf-8")
    with pytest.raises(UnusablePostalFile, match=r"both.txt, line 3 is not of GeoNames"):
        areas([file], 3)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusablePostalFile, match="There is no file"):
        areas([tmp_path / "none.txt"], 3)


def test_more_areas_than_rules_hold_are_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postal_files, "MOST_AREAS", 1)
    with pytest.raises(UnusablePostalFile, match="2 areas, and rules hold 1 at most"):
        areas([file], 3)
