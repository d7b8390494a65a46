"""Units for the conversion tool: factors to one base unit per quantity, exact where defined so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from gwtrace_core.tools.error import ToolError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    quantity: str
    symbol: str
    factor: float
    """value * factor + offset is the value in the quantity's base unit."""
    offset: float = 0.0


# quantity -> symbol -> (factor, other names). Names are matched without case or plural s, after
# the symbols, whose case matters (MB is not Mb).
_QUANTITIES: Mapping[str, Mapping[str, tuple[float, str]]] = {
    "length": {
        "m": (1, "metre meter"),
        "km": (1e3, "kilometre kilometer"),
        "cm": (1e-2, "centimetre centimeter"),
        "mm": (1e-3, "millimetre millimeter"),
        "in": (0.0254, "inch inches"),
        "ft": (0.3048, "foot feet"),
        "yd": (0.9144, "yard"),
        "mi": (1609.344, "mile"),
        "nmi": (1852, "nautical_mile"),
        "au": (149_597_870_700, "astronomical_unit"),
        "ly": (9_460_730_472_580_800, "light_year lightyear"),
    },
    "area": {
        "m2": (1, "m² square_metre square_meter"),
        "km2": (1e6, "km² square_kilometre square_kilometer"),
        "ha": (1e4, "hectare"),
        "ft2": (0.09290304, "ft² square_foot square_feet"),
        "acre": (4046.8564224, "acre"),
    },
    "mass": {
        "kg": (1, "kilogram kilogramme"),
        "g": (1e-3, "gram gramme"),
        "mg": (1e-6, "milligram"),
        "t": (1e3, "tonne metric_ton"),
        "lb": (0.45359237, "lbs pound"),
        "oz": (0.028349523125, "ounce"),
        "st": (6.35029318, "stone"),
    },
    "volume": {
        "l": (1, "L litre liter"),
        "ml": (1e-3, "mL millilitre milliliter"),
        "m3": (1e3, "m³ cubic_metre cubic_meter"),
        "gal": (3.785411784, "gallon us_gallon"),
        "imp_gal": (4.54609, "imperial_gallon"),
        "pint": (0.473176473, "us_pint"),
        "cup": (0.2365882365, "us_cup"),
        "fl_oz": (0.0295735295625, "fluid_ounce"),
    },
    "speed": {
        "m/s": (1, "mps metre_per_second meter_per_second"),
        "km/h": (1 / 3.6, "kmh kph kilometre_per_hour kilometer_per_hour"),
        "mph": (0.44704, "mi/h mile_per_hour"),
        "kn": (1852 / 3600, "kt knot"),
        "ft/s": (0.3048, "fps foot_per_second feet_per_second"),
    },
    "time": {
        "s": (1, "sec second"),
        "ms": (1e-3, "millisecond"),
        "min": (60, "minute"),
        "h": (3600, "hr hour"),
        "d": (86_400, "day"),
        "week": (604_800, "week"),
        "year": (31_557_600, "julian_year"),
    },
    "data": {
        "B": (1, "byte"),
        "bit": (1 / 8, "bit"),
        "kB": (1e3, "KB kilobyte"),
        "MB": (1e6, "megabyte"),
        "GB": (1e9, "gigabyte"),
        "TB": (1e12, "terabyte"),
        "KiB": (2**10, "kibibyte"),
        "MiB": (2**20, "mebibyte"),
        "GiB": (2**30, "gibibyte"),
        "TiB": (2**40, "tebibyte"),
        "Mb": (1e6 / 8, "Mbit megabit"),
        "Gb": (1e9 / 8, "Gbit gigabit"),
    },
    "energy": {
        "J": (1, "joule"),
        "kJ": (1e3, "kilojoule"),
        "cal": (4.184, "calorie"),
        "kcal": (4184, "kilocalorie"),
        "Wh": (3600, "watt_hour"),
        "kWh": (3.6e6, "kilowatt_hour"),
    },
    "power": {
        "W": (1, "watt"),
        "kW": (1e3, "kilowatt"),
        "MW": (1e6, "megawatt"),
        "hp": (745.6998715822702, "horsepower"),
    },
    "pressure": {
        "Pa": (1, "pascal"),
        "hPa": (100, "hectopascal"),
        "kPa": (1e3, "kilopascal"),
        "bar": (1e5, "bar"),
        "atm": (101_325, "atmosphere"),
        "psi": (6894.757293168361, "pound_per_square_inch"),
    },
}
_TEMPERATURES = (
    (_Unit(quantity="temperature", symbol="K", factor=1), "kelvin"),
    (_Unit(quantity="temperature", symbol="°C", factor=1, offset=273.15), "C celsius centigrade"),
    (
        _Unit(quantity="temperature", symbol="°F", factor=5 / 9, offset=459.67 * 5 / 9),
        "F fahrenheit",
    ),
)


def _build_tables() -> tuple[dict[str, _Unit], dict[str, _Unit]]:
    entries = [
        (_Unit(quantity=quantity, symbol=symbol, factor=factor), names)
        for quantity, units in _QUANTITIES.items()
        for symbol, (factor, names) in units.items()
    ]
    exact: dict[str, _Unit] = {}
    loose: dict[str, _Unit] = {}
    for unit, names in [*entries, *_TEMPERATURES]:
        for name in [unit.symbol, *names.split()]:
            exact[name] = unit
            # The first one wins, so that "mb" means megabyte rather than megabit.
            loose.setdefault(name.lower(), unit)
    return exact, loose


_EXACT, _LOOSE = _build_tables()


def convert(value: float, from_unit: str, to_unit: str) -> str:
    """`1 mi = 1.609344 km`; raises ToolError for unknown units or two different quantities."""
    if not math.isfinite(value):
        raise ToolError("The value must be a finite number.")
    source, target = _find_unit(from_unit), _find_unit(to_unit)
    if source.quantity != target.quantity:
        raise ToolError(
            f"{from_unit!r} is a unit of {source.quantity} and {to_unit!r} of {target.quantity}: "
            f"convert to one of {', '.join(_list_symbols(source.quantity))}."
        )
    base = value * source.factor + source.offset
    if source.quantity == "temperature" and base < -1e-9:
        raise ToolError(f"{value:g} {source.symbol} is below absolute zero.")
    result = (base - target.offset) / target.factor
    if not math.isfinite(result):
        raise ToolError(f"{value:g} {source.symbol} is too much to express in {target.symbol}.")
    return f"{value:.12g} {source.symbol} = {result:.12g} {target.symbol}"


def _find_unit(name: str) -> _Unit:
    plain = name.strip().replace(" ", "_").removeprefix("degrees_").removeprefix("degree_")
    lower = plain.lower()
    unit = _EXACT.get(plain) or _LOOSE.get(lower) or _LOOSE.get(_strip_plural(lower))
    if unit is not None:
        return unit
    close = get_close_matches(lower[:60], _LOOSE, n=3)
    hint = f"Did you mean {', '.join(close)}?" if close else f"Quantities: {_list_quantities()}."
    raise ToolError(f"There is no unit {name[:60]!r} here. {hint}")


def _strip_plural(name: str) -> str:
    # "miles_per_hour" and "square_miles" have their plural inside.
    return "_".join(word.removesuffix("s") for word in name.split("_"))


def _list_symbols(quantity: str) -> list[str]:
    return list(dict.fromkeys(u.symbol for u in _EXACT.values() if u.quantity == quantity))


def _list_quantities() -> str:
    return ", ".join([*_QUANTITIES, "temperature"])
