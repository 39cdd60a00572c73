"""orm.md, section 6: conditions on places."""

from __future__ import annotations

import pytest

from app.orm import Model, fields


class Place(Model):
    """Somewhere on the map."""

    _name = "map.place"
    _description = "Place"

    name = fields.Char(required=True)
    point = fields.GeoPoint()
    area = fields.GeoPolygon()


MODELS = [Place]
BOX = "POLYGON((37 55, 38 55, 38 56, 37 56, 37 55))"
JSON = {"type": "Polygon", "coordinates": [[[37, 55], [38, 55], [38, 56], [37, 56], [37, 55]]]}


@pytest.fixture
def places(env):
    return env["map.place"].create(
        [
            {"name": "Москва", "point": (37.6173, 55.7558), "area": BOX},
            {"name": "Тверь", "point": (35.9119, 56.8587)},
            {"name": "nowhere"},
        ]
    )


@pytest.mark.parametrize("shape", [BOX, f"SRID=4326;{BOX}", JSON])
def test_intersects_takes_wkt_and_geojson(env, places, shape):
    domain = [("point", "intersects", shape)]

    assert env["map.place"].search(domain).mapped("name") == ["Москва"]
    assert places.filtered_domain(domain).mapped("name") == ["Москва"]
    assert env["map.place"].search([("area", "intersects", "POINT(37.5 55.5)")]).mapped("name") == ["Москва"]
    assert sorted(env["map.place"].search(["!", *domain]).mapped("name")) == ["nowhere", "Тверь"]


def test_within_km(env, places):
    domain = [("point", "within_km", ((37.6, 55.7), 20))]

    assert env["map.place"].search(domain).mapped("name") == ["Москва"]
    assert places.filtered_domain(domain).mapped("name") == ["Москва"]
    assert env["map.place"].search_count([("point", "within_km", ((37.6, 55.7), 200))]) == 2
