"""Types of Db2 for i, and values that fit their columns or do not."""

from __future__ import annotations

import datetime as dt
import itertools
import operator
from decimal import Decimal
from typing import Any

import pytest

from adapters.as400.columns import bind, declared_type, roomy_bind
from adapters.port import ColumnType
from adapters.sql import Unfit

_INTEGER = ColumnType("integer", precision=10, scale=0)
_COMPARISONS = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        (("CHAR", 8, None, None, 273), ColumnType("char", 8, ccsid=273)),
        (("CHAR", 8, None, None, 65535), ColumnType("binary", 8)),
        (("CHAR", 8, None, None, None), ColumnType("char", 8)),
        (("VARCHAR", 40, None, None, 1208), ColumnType("varchar", 40, ccsid=1208)),
        (("VARCHAR", 40, None, None, 65535), ColumnType("binary", 40)),
        (("GRAPHIC", 4, None, None, 13488), ColumnType("char", 4, ccsid=13488)),
        (("VARG", 40, None, None, 1200), ColumnType("varchar", 40, ccsid=1200)),
        (("CLOB", 1048576, None, None, 37), ColumnType("varchar", ccsid=37)),
        (("DBCLOB", 1048576, None, None, 1200), ColumnType("varchar", ccsid=1200)),
        (("CLOB", 1048576, None, None, 65535), ColumnType("binary")),
        (("BLOB", 1048576, None, None, None), ColumnType("binary")),
        (("BINARY", 16, None, None, None), ColumnType("binary", 16)),
        (("VARBIN", 16, None, None, None), ColumnType("binary", 16)),
        (("ROWID", 40, None, None, None), ColumnType("binary", 40)),
        (("DECIMAL", 7, 0, None, None), ColumnType("decimal", precision=7, scale=0)),
        (("NUMERIC", 11, 2, None, None), ColumnType("decimal", precision=11, scale=2)),
        (("SMALLINT", 2, 0, None, None), ColumnType("integer", precision=5, scale=0)),
        (("INTEGER", 4, 0, None, None), _INTEGER),
        (("INTEGER", 9, 2, None, None), ColumnType("decimal", precision=9, scale=2)),
        (("BIGINT", 8, 0, None, None), ColumnType("integer", precision=19, scale=0)),
        (("DECFLOAT", 16, None, None, None), ColumnType("decimal")),
        (("FLOAT", 8, None, None, None), ColumnType("float")),
        (("DATE", 4, None, 0, None), ColumnType("date")),
        (("TIME", 3, None, 0, None), ColumnType("time")),
        (("TIMESTMP", 10, None, 6, None), ColumnType("timestamp")),
        (("TIMESTMP", 10, None, None, None), ColumnType("timestamp")),
        (("TIMESTMP", 13, None, 12, None), ColumnType("timestamp", 12)),
        (("TIMESTMP", 7, None, 0, None), ColumnType("timestamp", 0)),
        (("BOOLEAN", 1, None, None, None), ColumnType("boolean")),
        (("XML", 2147483647, None, None, 1208), ColumnType("other")),
        (("DATALINK", 200, None, None, 37), ColumnType("other")),
        (("DISTINCT", 8, None, None, None), ColumnType("other")),
    ],
)
def test_each_type_of_the_catalog_has_its_meaning(declared: tuple[Any, ...], kind: ColumnType) -> None:
    """Every word of DATA_TYPE is understood, or is a type that is described and not read."""
    assert declared_type(*declared) == kind


def _bound(kind: ColumnType, value: Any) -> Any:
    convert = bind(kind)
    return value if convert is None else convert(value)


@pytest.mark.parametrize(
    ("kind", "value", "bound"),
    [
        (ColumnType("char", 4), "AB      ", "AB"),
        (ColumnType("char", 4), "  AB", "  AB"),
        (ColumnType("char", 4), 1234, "1234"),
        (ColumnType("char", 2, ccsid=273), "äß", "äß"),
        (ColumnType("varchar"), "x" * 9999, "x" * 9999),
        (_INTEGER, 2**31 - 1, 2**31 - 1),
        (_INTEGER, Decimal("12.00"), 12),
        (_INTEGER, 12.0, 12),
        (_INTEGER, "twelve", "twelve"),
        (ColumnType("integer"), 2**63 - 1, 2**63 - 1),
        (ColumnType("decimal", precision=9, scale=2), 12.5, Decimal("12.5")),
        (ColumnType("decimal", precision=9, scale=2), Decimal("1.25E+6"), Decimal("1.25E+6")),
        (ColumnType("decimal", precision=9, scale=2), Decimal("0.000"), Decimal("0.000")),
        (ColumnType("decimal", precision=31, scale=0), 10**31 - 1, Decimal(10**31 - 1)),
        (ColumnType("decimal"), Decimal("1E+300"), "1E+300"),
        (ColumnType("float"), Decimal("0.1"), 0.1),
        (ColumnType("float"), 0, 0.0),
        (ColumnType("boolean"), True, "1"),
        (ColumnType("time"), "09:30:05", dt.time(9, 30, 5)),
        (ColumnType("timestamp"), "2024-02-29T01:02:03.5", dt.datetime(2024, 2, 29, 1, 2, 3, 500000)),  # noqa: DTZ001  # local time, as the host has it
        (ColumnType("timestamp", 12), "2024-02-29T01:02:03.123456789012", "2024-02-29 01:02:03.123456789012"),
        (ColumnType("binary", 4), memoryview(b"1234"), b"1234"),
        (ColumnType("other"), object, object),
    ],
)
def test_a_value_that_fits_is_bound_as_its_column_s_type(kind: ColumnType, value: Any, bound: Any) -> None:
    """The driver is given what it need not convert."""
    found = _bound(kind, value)
    assert (found, type(found)) == (bound, type(bound))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ColumnType("char", 4), "ABCDE"),
        (ColumnType("char", 4), "    E"),
        (ColumnType("varchar", 4), "ABCDE"),
        (ColumnType("char", 4, ccsid=273), "注文"),
        (ColumnType("char", 4, ccsid=1208), "äöü"),
        (_INTEGER, 2**31),
        (_INTEGER, -(2**31) - 1),
        (_INTEGER, Decimal("1.5")),
        (ColumnType("integer", precision=5, scale=0), 32768),
        (ColumnType("decimal", precision=7, scale=0), 10_000_000),
        (ColumnType("decimal", precision=9, scale=2), Decimal("12.505")),
        (ColumnType("decimal", precision=9, scale=9), 1),
        (ColumnType("decimal", precision=7, scale=0), Decimal(f"1.{'0' * 150}1")),
        (ColumnType("float"), 1e300),
        (ColumnType("float"), 10**400),
        (ColumnType("time"), "24:00:00"),
        (ColumnType("timestamp", 3), dt.datetime(2024, 2, 29, 1, 2, 3, 123456)),  # noqa: DTZ001  # local time, as the host has it
        (ColumnType("binary", 4), b"12345"),
    ],
)
def test_a_value_that_its_column_cannot_hold_is_told(kind: ColumnType, value: Any) -> None:
    """The driver would cut it or refuse it; there is another place for it, and another value that compares alike."""
    with pytest.raises(Unfit):
        _bound(kind, value)
    convert = roomy_bind(kind)
    assert convert is not None
    assert convert(value) is not None


@pytest.mark.parametrize(
    "value", ["0.94", "0.95", "-0.05", "9.94", "-9.99", "10", "-10", "12345.678", "-1E+9", "1E-9", "-1E-9"]
)
def test_what_is_bound_instead_compares_alike(value: str) -> None:
    """Among all values that a DECIMAL(2,1) can hold, each comparison gives what the given number would."""
    kind = ColumnType("decimal", precision=2, scale=1)
    convert = roomy_bind(kind)
    assert convert is not None
    instead = convert(Decimal(value))
    assert len(instead.as_tuple().digits) <= 4
    for tenths, compare in itertools.product(range(-99, 100), _COMPARISONS):
        stored = Decimal(tenths) / 10
        assert compare(stored, instead) == compare(stored, Decimal(value)), (stored, compare)


def test_a_code_page_that_python_lacks_is_not_checked() -> None:
    """What is not known to be unfit goes to the driver."""
    assert _bound(ColumnType("char", 4, ccsid=5026), "注文") == "注文"
