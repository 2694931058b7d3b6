"""The registry: what `stored_as` may say, what it means, and what is said where it makes no sense."""

from __future__ import annotations

import math
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no stubs of its own

from adapters.port import ColumnType
from app.contract.columns import column_type
from app.contract.files import parse
from app.conversions.base import ApiType, BadOption, BadValue, Conversion, Issue
from app.conversions.datetimes import DateTimePair
from app.conversions.registry import ENTRIES, STORED_AS, ConversionSpec, bind, names, specs
from app.shapes import Fault
from tests.conversions.table import groups


def bound(api_type: ApiType, stored_as: Any, *columns: str, opened: bool = False) -> Conversion:
    """A conversion over columns as catalog files write them."""
    return bind(api_type, stored_as, tuple(map(column_type, columns)), "America/Detroit", opened)


def checked(text: str) -> tuple[Any, list[Fault]]:
    """What the shape of `stored_as` makes of YAML text, and its faults."""
    faults: list[Fault] = []
    node = parse(f"stored_as: {text}", "v1/orders.yaml", faults.append)
    assert node is not None
    return STORED_AS.check(node.value["stored_as"], faults.append), faults


# What stored_as means


def test_the_names_of_a_type() -> None:
    """Every name of a type, sorted: messages and documents list them."""
    assert names("decimal") == ("implied", "native", "packed", "text", "zoned")
    assert names("string") == (
        "ebcdic", "integer", "lines", "misread", "native", "right_justified", "uuid",
    )  # fmt: skip
    assert names("boolean") == ("codes", "native")
    assert names("enum") == ("codes",)


def test_a_name_and_a_type_have_one_entry() -> None:
    """No two entries answer for one name and one type."""
    pairs = [(entry.name, api_type) for entry in ENTRIES for api_type in entry.types]
    assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize(
    ("api_type", "plain", "spec"),
    [
        ("decimal", None, ConversionSpec("native")),
        ("decimal", "native", ConversionSpec("native")),
        ("decimal", {"implied": 2}, ConversionSpec("implied", {"scale": 2})),
        ("decimal", {"implied": {"scale": 2}}, ConversionSpec("implied", {"scale": 2})),
        ("date", {"cyymmdd": None}, ConversionSpec("cyymmdd")),
        ("date", {"cyymmdd": {"nulls": [0], "on_issue": "fail"}}, ConversionSpec("cyymmdd", {"nulls": [0]}, "fail")),
        ("date", {"cyymmdd": {"on_issue": None}}, ConversionSpec("cyymmdd", {}, "null")),
        ("enum", {"10": "entered"}, ConversionSpec("codes", {"10": "entered"})),
        ("enum", {"text": "note"}, ConversionSpec("codes", {"text": "note"})),
        ("enum", {"A": "active", "on_issue": "omit-row"}, ConversionSpec("codes", {"A": "active"}, "omit-row")),
        ("boolean", {"codes": {"true": 1, "false": 0}}, ConversionSpec("codes", {"true": 1, "false": 0})),
        ("boolean", {"native": {"nulls": []}}, ConversionSpec("native", {"nulls": []})),
        ("string", {"ebcdic": 273}, ConversionSpec("ebcdic", {"ccsid": 273})),
    ],
)
def test_what_stored_as_says(api_type: ApiType, plain: Any, spec: ConversionSpec) -> None:
    """A name, a name with options or with its main one, and a map of codes are told apart by the field's type."""
    assert specs(api_type, plain) == (spec,)


def test_a_list_is_a_pair() -> None:
    """A datetime over two columns has a conversion for each, and each says its own `on_issue`."""
    plain = ["cyymmdd", {"hhmmss": {"on_issue": "fail"}}]
    assert specs("datetime", plain) == (ConversionSpec("cyymmdd"), ConversionSpec("hhmmss", {}, "fail"))
    pair = bound("datetime", plain, "decimal(7,0)", "decimal(6,0)")
    assert isinstance(pair, DateTimePair)
    assert pair.decode(1240229, 93005) == "2024-02-29T09:30:05-05:00"


def test_a_date_in_parts_pairs_with_a_time() -> None:
    """The last column is the time's, whatever the date takes."""
    pair = bound("datetime", ["parts", "hhmmss"], *["decimal(2,0)"] * 4, "decimal(6,0)")
    assert pair.decode(20, 24, 2, 29, 93005) == "2024-02-29T09:30:05-05:00"


def test_the_code_page_of_the_column_is_the_usual_one() -> None:
    """Where the contract names no code page, the column's own is taken, if it is one of EBCDIC."""
    assert bind("integer", "zoned", [ColumnType("char", 5, ccsid=273)]).decode("1234ä") == 12340
    assert bind("integer", "zoned", [ColumnType("char", 5, ccsid=1208)]).decode("1234{") == 12340
    assert bind("string", "ebcdic", [ColumnType("binary", 1, ccsid=1140)]).decode(b"\x9f") == "€"


def test_a_uuid_column_is_given_a_uuid() -> None:
    """The database's own type takes an object, whatever the spelling of the request."""
    conversion = bound("string", "uuid", "uuid")
    text = "3F2B8C1E-5D47-4A90-9C36-7E1F0A2B4C5D"
    assert conversion.encode(conversion.parse(text)) == (UUID(text),)


def test_equal_codes_are_found_together() -> None:
    """A filter for a name, or for false, becomes all codes of it, the written one first."""
    unit = bound("enum", {"EA": "piece", "ST": "piece", "KG": "kilogram"}, "char(2)")
    assert unit.spellings("piece") == (("EA",), ("ST",))
    rush = bound("boolean", {"true": ["Y", "J"], "false": ["N", ""]}, "char(1)")
    assert rush.spellings(False) == (("N",), ("",))
    assert bound("enum", {"1": "on", "01": "on"}, "integer").spellings("on") == ((1,),)


def test_a_blank_code_can_have_a_name() -> None:
    """Blanks are a code like any other once the map has a quoted empty name: they read as it, and a filter finds them."""
    written, faults = checked('{"": none, A: active}')
    assert (written, faults) == ({"": "none", "A": "active"}, [])
    status = bound("enum", written, "char(1)")
    assert [status.decode(stored) for stored in (" ", "", "A", None)] == ["none", "none", "active", None]
    assert status.encode(status.parse("none")) == ("",)
    assert status.spellings("none") == (("",),)
    assert status.schema["enum"] == ["none", "active"]
    assert status.nulls == ()


def test_both_zeros_and_both_pluses_are_found() -> None:
    """A filter finds each sign that means the same, in packed bytes and in zoned text."""
    packed = bound("integer", "packed", "binary(2)")
    assert [spelling[0].hex() for spelling in packed.spellings(0)] == ["000c", "000f", "000a", "000e", "000d", "000b"]
    assert [spelling[0].hex() for spelling in packed.spellings(-7)] == ["007d", "007b"]
    assert bound("integer", "zoned", "char(2)").spellings(1) == (("0A",), ("01",))


def test_the_order_of_flags() -> None:
    """Flags sort where false sorts before true in ASCII and in EBCDIC alike."""
    assert bound("boolean", {"true": "Y", "false": ["N", ""]}, "char(1)").keeps_order
    assert bound("boolean", {"true": 1, "false": 0}, "integer").keeps_order
    assert not bound("boolean", {"true": "J", "false": "N"}, "char(1)").keeps_order
    assert not bound("boolean", {"true": "1", "false": "N"}, "char(1)").keeps_order


# What is refused, and what is said


@pytest.mark.parametrize(
    ("api_type", "stored_as", "columns", "message", "hint"),
    [
        ("decimal", "packd", ["binary(4)"], "there is no conversion 'packd'", "did you mean 'packed'?"),
        ("decimal", {"implid": 2}, ["integer"], "there is no conversion 'implid'", "did you mean 'implied'?"),
        ("decimal", "cyymmdd", ["integer"], "cyymmdd stores a date, not a decimal",
         "for decimal: implied, native, packed, text, zoned"),
        ("date", {"Y": "yes"}, ["char(1)"], "there is no conversion 'Y'", "for date:"),
        ("decimal", "packed", ["char(8)"], "packed reads bytes; the column is char(8)", "for decimal in char(8): text, zoned"),
        ("string", None, ["decimal(7,0)"], "native reads text or uuid; the column is decimal(7,0)",
         "for string in decimal(7,0): integer"),
        ("enum", None, ["char(2)"], "an enum needs stored_as", '{"10": entered'),
        ("enum", {}, ["char(2)"], "an enum needs its codes", '{"10": entered'),
        ("month", None, ["integer"], "a month needs stored_as", "yyyymm"),
        ("decimal", 2, ["integer"], "2 is no conversion", ""),
        ("decimal", "native", ["integer", "integer"], "native reads one column, not 2", ""),
        ("datetime", "cyymmdd", ["integer", "integer"], "cyymmdd stores a date, not a datetime", "[cyymmdd, hhmmss]"),
        ("datetime", "native", ["timestamp", "integer"], "native reads one column, not 2", "[cyymmdd, hhmmss]"),
        ("datetime", ["cyymmdd", "hhmmss"], ["integer"], "two conversions need two columns at least", "columns:"),
        ("date", ["cyymmdd", "hhmmss"], ["integer", "integer"], "a list of conversions is for a datetime", ""),
        ("datetime", ["cyymmdd"], ["integer"], "a list of conversions is for a datetime", "two of them"),
        ("datetime", ["hhmmss", "cyymmdd"], ["integer", "integer"], "hhmmss stores a time, not a date", "for date:"),
        ("string", "lines", ["char(8)"], "lines reads two columns or more, not one", "columns:"),
        ("date", {"cyymmdd": None, "nulls": [0]}, ["integer"], "more than one word stands beside cyymmdd", "below it"),
        ("decimal", {"packed": {"scal": 1}}, ["binary(4)"], "packed has no word 'scal'", "did you mean 'scale'?"),
        ("decimal", {"text": {"format": "%d"}}, ["char(8)"], "text has no word 'format'", ""),
        ("decimal", {"text": {"sign": "behind"}}, ["char(8)"],
         "sign: 'behind' stands here; expected one of leading, trailing", ""),
        ("decimal", {"implied": "x"}, ["integer"], "scale: 'x' stands here; expected a whole number from 0 to 60", ""),
        ("decimal", "implied", ["integer"], "implied needs the number of its decimals", "{implied: 2}"),
        ("decimal", {"native": 2}, ["float"], "native has no option that a bare 2 could be", "scale, nulls, on_issue"),
        ("date", {"cyymmdd": {"on_issue": "fial"}}, ["integer"],
         "on_issue: 'fial' stands here; expected one of null, omit-row, fail", "did you mean 'fail'?"),
        ("string", {"ebcdic": 274}, ["binary(8)"], "ccsid: no code page 274 is known", "did you mean 273?"),
        ("string", {"ebcdic": 1252}, ["binary(8)"], "ccsid: no code page 1252 is known", "did you mean 1149?"),
        ("string", "ebcdic", ["binary(8)"], "ccsid is not said", "such as 37 or 273"),
        ("string", {"misread": {"as": 37}}, ["char(8)"], "really is not said", "such as 37 or 273"),
        ("decimal", {"zoned": {"digits": 9}}, ["char(8)"], "digits: 9 do not fit a column of type char(8)", "at most 8"),
        ("string", {"integer": 9}, ["decimal(7,0)"], "digits: 9 do not fit a column of type decimal(7,0)", "at most 7"),
        ("string", "integer", ["integer"], "integer needs the number of digits", "{integer: 7}"),
        ("string", {"right_justified": 9}, ["char(8)"], "length: 9 characters do not fit", ""),
        ("string", "right_justified", ["varchar"], "right_justified needs the length", "{right_justified: 8}"),
        ("string", {"lines": {"nulls": ["x"]}}, ["char(8)", "char(8)"], "lines takes no nulls", "blank: null"),
        ("string", "uuid", ["char(30)"], "a column of type char(30) is too short for a UUID", "32, 36 or 38"),
        ("string", "uuid", ["binary(8)"], "a column of type binary(8) is too short for a UUID", "16 bytes"),
        ("boolean", {"true": "Y"}, ["char(1)"], "a boolean needs codes for true and for false", "{true: Y"),
        ("boolean", {"true": "Y", "flase": "N"}, ["char(1)"], "a boolean has no value 'flase'", "{true: Y"),
        ("boolean", {"true": ["Y", "J"], "false": ["N", "J"]}, ["char(1)"], "the code 'J' means both true and false", ""),
        ("boolean", {"true": [], "false": "N"}, ["char(1)"], "a boolean needs a code for true", ""),
        ("boolean", {"true": None, "false": "N"}, ["char(1)"], "None is no code", ""),
        ("boolean", {"true": "Y", "false": "N"}, ["integer"], "the code 'Y' is no value of a column of type integer", ""),
        ("enum", {"100": "done"}, ["char(2)"], "the code '100' does not fit a column of type char(2)", ""),
        ("enum", {"10": ["a", "b"]}, ["char(2)"], "['a', 'b'] is no name of a code", "one name for each code"),
        ("enum", {"10": "a", "nulls": ["10"]}, ["char(2)"], "the code '10' stands in the map and among its nulls", ""),
        ("string", {"native": {"nulls": [0]}}, ["char(8)"], "nulls: 0 is no text, but the column is", "in quotes: '0'"),
        ("decimal", {"native": {"nulls": ["x"]}}, ["integer"], "nulls: 'x' is no stored value of a column of type integer", ""),
        ("decimal", {"native": {"nulls": [math.inf]}}, ["integer"], "nulls: inf is no stored value", ""),
        ("decimal", {"packed": {"nulls": ["blank"]}}, ["binary(4)"], "nulls: 'blank' is no stored value", "hexadecimal"),
        ("decimal", {"packed": {"nulls": [None]}}, ["binary(4)"], "nulls: nothing stands here", ""),
        ("date", "native", ["other"], "native reads date or timestamp; the column is other", ""),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(
    api_type: ApiType, stored_as: Any, columns: list[str], message: str, hint: str
) -> None:
    """A contract's mistake is named, with what would be right."""
    with pytest.raises(BadOption) as refused:
        bound(api_type, stored_as, *columns)
    assert str(refused.value).startswith(message)
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("api_type", "stored_as", "column", "text", "expected", "hint"),
    [
        ("decimal", None, "decimal(11,2)", "19.999", "a decimal number with at most 2 decimals", ""),
        ("decimal", None, "decimal(11,2)", "1e3", "a decimal number with at most 2 decimals", ""),
        ("decimal", None, "decimal(9,0)", "1.5", "a whole number", ""),
        ("decimal", None, "decimal", "x", "a decimal number", ""),
        ("decimal", {"packed": 2}, "binary(2)", "123.45", "a number of at most 3 digits, 2 of them decimals", ""),
        ("integer", None, "integer", "1.0", "a whole number", ""),
        ("integer", None, "integer", "9007199254740992", "a whole number from -9007199254740991 to 9007199254740991",
         "9007199254740991"),
        ("number", None, "float", "1e999", "a number", ""),
        ("boolean", {"true": "Y", "false": "N"}, "char(1)", "True", "true or false", "did you mean 'true'?"),
        ("enum", {"10": "entered", "20": "released"}, "char(2)", "enterd", "one of entered, released",
         "did you mean 'entered'?"),
        ("string", None, "char(8)", "a\x00b", "text without NUL and other control characters", ""),
        ("string", None, "char(8)", "\ud800", "text without NUL and other control characters", ""),
        ("string", None, "char(8)", "123456789", "text of at most 8 characters", ""),
        ("string", {"integer": 7}, "integer", "47A1", "at most 7 digits", ""),
        ("string", {"ebcdic": 37}, "binary(8)", "€", "text that code page 037 can hold", ""),
        ("string", "uuid", "uuid", "3f2b8c1e5d474a909c367e1f0a2b4c5d", "a UUID", "3f2b8c1e-5d47-4a90-9c36-7e1f0a2b4c5d"),
        ("binary", None, "binary(8)", "%%", "bytes as base64", ""),
        ("binary", None, "binary(1)", "AAAA", "at most 1 bytes as base64", ""),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused(
    api_type: ApiType, stored_as: Any, column: str, text: str, expected: str, hint: str
) -> None:
    """A request learns what would be right."""
    conversion = bound(api_type, stored_as, column)
    with pytest.raises(BadValue) as refused:
        conversion.write(conversion.parse(text))
    assert (refused.value.expected, refused.value.hint) == (expected, hint)


def test_a_value_that_means_null_is_refused() -> None:
    """What would read as null cannot be written or filtered by."""
    refused = [
        (bound("string", {"native": {"blank": None}}, "char(8)"), ""),
        (bound("string", {"integer": {"digits": 7, "nulls": [0]}}, "integer"), "0000000"),
        (bound("decimal", {"zoned": {"scale": 0, "nulls": ["9I"]}}, "char(2)"), "99"),
    ]
    for conversion, value in refused:
        with pytest.raises(BadValue, match="means null"):
            conversion.spellings(value)


def test_an_open_enum_takes_codes() -> None:
    """A code without a name is its own name; a code that has one goes by it."""
    terms = bound("enum", {"N30": "net-30"}, "char(3)", opened=True)
    assert terms.parse("N45") == "N45"
    assert terms.encode("N45") == ("N45",)
    with pytest.raises(BadValue) as refused:
        terms.parse("N30")
    assert refused.value.hint == "net-30"
    assert bound("enum", {"N30": "net-30"}, "char(3)").decode("N45") == Issue("unknown-code")


# The shape


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("cyymmdd", "cyymmdd"),
        ("{implied: 2}", {"implied": 2}),
        ("{cyymmdd: {nulls: [0, 9999999], on_issue: null}}", {"cyymmdd": {"nulls": [0, 9999999], "on_issue": "null"}}),
        ("[cyymmdd, {hhmm: {nulls: 0}}]", ["cyymmdd", {"hhmm": {"nulls": [0]}}]),
        ("{01: entered, 20: 007}", {"01": "entered", "20": "007"}),
        ("{'': none, A: active}", {"": "none", "A": "active"}),
        ("{true: 01, false: [N, '', 0]}", {"true": "01", "false": ["N", "", "0"]}),
        ("{A: active, nulls: ['?'], on_issue: fail}", {"A": "active", "nulls": ["?"], "on_issue": "fail"}),
        ("{native: {blank: null}}", {"native": {"blank": "null"}}),
        ("{lines: [ADR1, 007]}", {"lines": ["ADR1", "007"]}),
        ("{lines: ', '}", {"lines": ", "}),
        ("{parts: {nulls: [[0, 0, 0, 0]]}}", {"parts": {"nulls": [[0, 0, 0, 0]]}}),
    ],
)
def test_the_shape_reads_what_is_written(text: str, plain: Any) -> None:
    """The plain value is that of the file; codes keep their spelling, `01` is no number there."""
    assert checked(text) == (plain, [])


@pytest.mark.parametrize(
    ("stored_as", "column", "issue"),
    [
        (None, "integer(10,0)", ""),
        (None, "integer(19,0)", ""),
        ("native", "decimal(15,0)", ""),
        ({"native": {"digits": 19}}, "integer", ""),
        ({"implied": 0}, "integer(10,0)", ""),
        (None, "integer", "too-large"),
        ({"native": {"digits": 9}}, "integer(19,0)", "too-large"),
        ({"implied": 0}, "integer", "too-large"),
        ({"implied": 2}, "integer(10,0)", "not-a-whole-number"),
        (None, "decimal(11,2)", "not-a-whole-number"),
        (None, "float", "not-a-whole-number"),
    ],
)
def test_an_integer_that_may_not_fit_says_so(stored_as: Any, column: str, issue: str) -> None:
    """A field whose column can hold a fraction, or a number past 2^53 that is to be a JSON number, may be null."""
    conversion = bound("integer", stored_as, column)
    assert conversion.fallible is bool(issue)
    extremes = {
        "integer": 2**63 - 1,
        "integer(10,0)": 2**31 - 1,
        "integer(19,0)": 2**63 - 1,
        "decimal(15,0)": 10**15 - 1,
    }
    found = conversion.decode(extremes.get(column, 1.5))
    assert found == Issue(issue) if issue else Draft202012Validator(conversion.schema).is_valid(found)


def test_columns_are_told_from_the_conversion() -> None:
    """A list behind the name of a conversion over several columns is its columns; any other list is not."""
    assert STORED_AS.parted({"lines": ["A", "B"]}) == ("lines", ("A", "B"))
    assert STORED_AS.parted({"parts": ["CC", "YY", "MM", "DD"]}) == ("parts", ("CC", "YY", "MM", "DD"))
    for plain in ({"lines": {"join": ""}}, {"lines": " "}, {"true": ["Y", "J"]}, ["cyymmdd", "hhmmss"], "lines", None):
        assert STORED_AS.parted(plain) == (plain, ())


@pytest.mark.parametrize(
    ("text", "place", "fault"),
    [
        ("cymmdd", 12, "there is no conversion 'cymmdd' — did you mean 'cyymmdd'? [unknown-conversion]"),
        ("{cymmdd: {nulls: [0]}}", 13, "there is no conversion 'cymmdd' — did you mean 'cyymmdd'? [unknown-conversion]"),
        ("{packed: {scal: 1}}", 22, "packed has no word 'scal' — did you mean 'scale'? [unknown-word]"),
        ("{implied: two}", 22, "'two' stands here; expected a whole number from 0 to 60 [wrong-value]"),
        ("{native: 2}", 21, "'2' stands here; expected the options of native"),
        ("[cyymmdd]", 12, "a list stands here; expected a conversion's name, one with options, or a map of codes"),
        ("7", 12, "'7' stands here; expected a conversion's name, one with options, or a map of codes"),
        ("{'': {nulls: [0]}}", 13, "there is no conversion '' — known: "),
        ("{}", 12, "an empty mapping stands here; expected a conversion's name, one with options, or a map of codes"),
        ("{'10': null}", 19, "nothing stands here"),
        ("{'10': entered, '20': {a: b}}", 34, "a mapping stands here"),
    ],
)  # fmt: skip
def test_the_shape_refuses_with_a_place(text: str, place: int, fault: str) -> None:
    """A mistake is reported where it stands."""
    _, faults = checked(text)
    assert len(faults) == 1
    assert str(faults[0]).startswith(f"v1/orders.yaml:1:{place}: {fault}"), str(faults[0])


def test_the_json_schema_agrees_with_the_table() -> None:
    """Every `stored_as` of the vector table is valid by the published schema; every name is explained there."""
    schema = STORED_AS.json_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for group in groups():
        assert validator.is_valid(group.stored_as), group
    assert validator.is_valid({"": "none", "A": "active"})
    assert validator.is_valid(["cyymmdd", {"hhmmss": {"nulls": [0]}}])
    assert not validator.is_valid("cymmdd")
    assert not validator.is_valid({"packed": {"scal": 1}})
    explained = {option["const"] for option in schema["anyOf"] if option.get("description") and "const" in option}
    assert explained == {entry.name for entry in ENTRIES}
