"""Places: a point and an area, both in WGS 84 (longitude, latitude in degrees)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import orjson
from geoalchemy2 import Geometry
from sqlalchemy import func
from sqlalchemy.types import TypeEngine

from app.orm.fields.base import Field

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.recordset import Recordset

SRID = 4326
_ANGLE = re.compile(
    r"""\s*(?P<lead>[NSEWСЮВЗ])?\s*(?P<degrees>[+-]?\d+(?:[.,]\d+)?)\s*°?\s*
    (?:(?P<minutes>\d+(?:[.,]\d+)?)\s*['′’]\s*)?(?:(?P<seconds>\d+(?:[.,]\d+)?)\s*(?:"|″|''|”)\s*)?
    (?P<trail>[NSEWСЮВЗ])?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_SIDES = {"N": (1, 1), "S": (1, -1), "E": (0, 1), "W": (0, -1), "С": (1, 1), "Ю": (1, -1), "В": (0, 1), "З": (0, -1)}
_WKT_POINT = re.compile(r"(?:SRID=4326;)?\s*POINT\s*\(\s*(\S+)\s+(\S+?)\s*\)", re.IGNORECASE)
_WKT_AREA = re.compile(r"(?:SRID=4326;)?\s*(MULTIPOLYGON|POLYGON)\s*(\(.*\))\s*", re.IGNORECASE | re.DOTALL)
_WKT_RINGS = re.compile(r"\(\s*(\([^()]+\)(?:\s*,\s*\([^()]+\))*)\s*\)")
_PAIR = re.compile(r"([-+.\deE]+)\s+([-+.\deE]+)")

Point = tuple[float, float]


def _angle(text: str) -> tuple[float, int | None]:
    """Degrees of one angle and, where a letter says so, whether it is a longitude (0) or a latitude (1)."""
    match = _ANGLE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no angle")
    parts = [float((match[name] or "0").replace(",", ".")) for name in ("degrees", "minutes", "seconds")]
    if parts[1] >= 60 or parts[2] >= 60:
        raise ValueError(f"{text!r} has more than 59 minutes or seconds")
    size = abs(parts[0]) + parts[1] / 60 + parts[2] / 3600
    axis, side = _SIDES.get((match["lead"] or match["trail"] or "").upper(), (None, 1))
    return side * (-size if match["degrees"].startswith("-") else size), axis


def _halves(text: str) -> tuple[str, str]:
    """The two angles of a text: divided by a semicolon, a comma (with decimal commas: the middle one), or a blank."""
    for mark in (";", ", ", ","):
        if text.count(mark) == 1:
            first, second = text.split(mark)
            return first, second
    match = re.fullmatch(r"(.*?[NSСЮ])\s+(.*)", text, re.IGNORECASE) or re.fullmatch(r"(\S+)\s+(\S+)", text)
    if match is None:
        raise ValueError(f"{text!r} is no pair of latitude and longitude")
    return match[1], match[2]


def parse_point(text: str) -> Point:
    """(longitude, latitude) of "59.93, 30.31", "59°56′N 30°19′E", "POINT(30.31 59.93)"."""
    if match := _WKT_POINT.fullmatch(text.strip()):
        return float(match[1]), float(match[2])
    (first, first_axis), (second, second_axis) = (_angle(half) for half in _halves(text.strip()))
    if first_axis is not None and first_axis == second_axis:
        raise ValueError(f"{text!r} gives the same axis twice")
    return (first, second) if first_axis == 0 or second_axis == 1 else (second, first)


def checked(lon: Any, lat: Any) -> Point:
    """A point on the globe."""
    point = float(lon), float(lat)
    if not (-180 <= point[0] <= 180 and -90 <= point[1] <= 90):
        raise ValueError(f"longitude {lon}, latitude {lat} are not on the globe")
    return point


class GeoPoint(Field["Point | None"]):
    """A place: `(longitude, latitude)`; also taken: a dict with lon/lat, GeoJSON, text with the latitude first as people write it."""

    type: ClassVar[str] = "geopoint"
    cast: str | None = f"geometry(Point,{SRID})"
    row_is_raw: bool = False

    def sa_type(self) -> TypeEngine[Any]:
        """PostGIS geometry; the index is declared by the schema."""
        return Geometry("POINT", SRID, spatial_index=False)

    def normalise(self, value: Any, env: Env) -> Any:
        """`(longitude, latitude)`."""
        if value is None or value is False or value == "":
            return None
        try:
            return self._point(value)
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"{self.model}.{self.name} takes a longitude and a latitude, not {value!r}: {error}") from None

    def _point(self, value: Any) -> Point:
        if isinstance(value, str):
            return checked(*parse_point(value))
        if isinstance(value, dict):
            if "coordinates" in value:
                return checked(*value["coordinates"][:2])
            lon = value["lon"] if "lon" in value else value["lng"] if "lng" in value else value["longitude"]
            return checked(lon, value["lat"] if "lat" in value else value["latitude"])
        lon, lat = value
        return checked(lon, lat)

    def to_wire(self, raw: Any) -> Any:
        """EWKT."""
        return None if raw is None else f"SRID={SRID};POINT({raw[0]!r} {raw[1]!r})"

    def select(self, column: Any) -> Any:
        """Read as text."""
        return func.ST_AsText(column)

    def from_row(self, value: Any) -> Any:
        """`(longitude, latitude)` of PostGIS' text."""
        if value is None:
            return None
        lon, lat = value[6:-1].split(" ")
        return float(lon), float(lat)

    def to_record(self, raw: Any, records: Recordset) -> Point | None:
        """The pair."""
        return None if raw is None else (raw[0], raw[1])

    def to_json(self, value: Any) -> Any:
        """`{"lon", "lat"}`."""
        return None if value is None else {"lon": value[0], "lat": value[1]}

    def operand(self, value: Any, env: Env) -> Any:
        """EWKT of the point."""
        return self.to_wire(self.normalise(value, env))


Ring = list[list[float]]


def _ring(points: Iterable[Any]) -> Ring:
    ring = [list(checked(point[0], point[1])) for point in points]
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise ValueError("a ring has at least four points and ends where it begins")
    return ring


def _wkt_areas(text: str) -> list[list[Ring]]:
    return [[_ring(_PAIR.findall(ring)) for ring in re.findall(r"\(([^()]+)\)", area)] for area in _WKT_RINGS.findall(text)]


def parse_area(value: Any) -> dict[str, Any]:
    """GeoJSON of an area given as GeoJSON (geometry or feature) or WKT."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = orjson.loads(value)
    if isinstance(value, str):
        match = _WKT_AREA.fullmatch(value)
        if match is None:
            raise ValueError("neither GeoJSON nor WKT of an area")
        areas = _wkt_areas(match[2])
        is_one = match[1].upper() == "POLYGON"
        return {"type": "Polygon", "coordinates": areas[0]} if is_one else {"type": "MultiPolygon", "coordinates": areas}
    if value.get("type") == "Feature":
        value = value["geometry"]
    if value["type"] == "Polygon":
        return {"type": "Polygon", "coordinates": [_ring(ring) for ring in value["coordinates"]]}
    if value["type"] == "MultiPolygon":
        return {"type": "MultiPolygon", "coordinates": [[_ring(ring) for ring in area] for area in value["coordinates"]]}
    raise ValueError(f"{value['type']} is no area")


def _area_text(rings: Iterable[Ring]) -> str:
    return "(" + ",".join("(" + ",".join(f"{lon!r} {lat!r}" for lon, lat in ring) + ")" for ring in rings) + ")"


class GeoPolygon(Field["dict[str, Any] | None"]):
    """An area as GeoJSON, of one or several parts."""

    type: ClassVar[str] = "geopolygon"
    cast: str | None = f"geometry(Geometry,{SRID})"
    row_is_raw: bool = False

    def sa_type(self) -> TypeEngine[Any]:
        """PostGIS geometry; the index is declared by the schema."""
        return Geometry("GEOMETRY", SRID, spatial_index=False)

    def normalise(self, value: Any, env: Env) -> Any:
        """GeoJSON with closed rings on the globe."""
        if value is None or value is False or value == "":
            return None
        try:
            return parse_area(value)
        except (AttributeError, TypeError, KeyError, IndexError, ValueError) as error:
            raise ValueError(f"{self.model}.{self.name} takes an area as GeoJSON or WKT: {error}") from None

    def to_wire(self, raw: Any) -> Any:
        """EWKT."""
        if raw is None:
            return None
        if raw["type"] == "Polygon":
            return f"SRID={SRID};POLYGON{_area_text(raw['coordinates'])}"
        return f"SRID={SRID};MULTIPOLYGON({','.join(_area_text(area) for area in raw['coordinates'])})"

    def select(self, column: Any) -> Any:
        """Read as GeoJSON with all digits."""
        return func.ST_AsGeoJSON(column, 15)

    def from_row(self, value: Any) -> Any:
        """The dict."""
        return None if value is None else orjson.loads(value)

    def to_record(self, raw: Any, records: Recordset) -> dict[str, Any] | None:
        """A copy: changing it in place changes nothing."""
        return None if raw is None else orjson.loads(orjson.dumps(raw))

    def to_read(self, raw: Any, env: Env) -> Any:
        """A copy."""
        return None if raw is None else orjson.loads(orjson.dumps(raw))

    def operand(self, value: Any, env: Env) -> Any:
        """EWKT of the area."""
        return self.to_wire(self.normalise(value, env))
