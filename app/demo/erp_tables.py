"""The tables of `erp`, in the manner of an AS/400: ten-letter names, logical files numbered L1, L2, … on each.

In charge of definitions only; the rows are made in `app.demo.erp`.
"""

from __future__ import annotations

from adapters.port import Index
from app.demo.tables import Column, Database, Table

_ACREC = Column("ACREC", "CHAR(1)", "Record code: A active, D deleted")

ORDHDR = Table(
    "ORDHDR",
    "Order headers",
    (
        Column("ORDNO", "DECIMAL(7,0)", "Order number"),
        Column("CUSNO", "CHAR(8)", "Customer number"),
        Column("CUSPO", "CHAR(20)", "Customer's purchase order"),
        Column("ORDST", "CHAR(2)", "Order status"),
        Column("ORDDT", "DECIMAL(7,0)", "Order date CYYMMDD"),
        Column("REQDT", "DECIMAL(8,0)", "Requested date YYYYMMDD, 99999999 open"),
        Column("PRMDT", "DECIMAL(7,0)", "Promised date CYYMMDD"),
        Column("PRMTM", "DECIMAL(6,0)", "Promised time HHMMSS"),
        Column("ORDTOT", "DECIMAL(11,0)", "Order total, 2 implied decimals"),
        Column("CURCD", "CHAR(3)", "Currency"),
        Column("RUSHF", "CHAR(1)", "Rush order: Y or J, N or blank"),
        Column("PAYTC", "CHAR(3)", "Payment terms"),
        Column("ORDWT", "BINARY(4)", "Weight in kg, packed, 1 decimal"),
        Column("ORMRK", "BINARY(40)", "Remarks, CCSID 65535 (really 273)"),
        Column("UPDDT", "DECIMAL(7,0)", "Last change, date CYYMMDD"),
        Column("UPDTM", "DECIMAL(6,0)", "Last change, time HHMMSS"),
        _ACREC,
    ),
    ("ORDNO",),
    (
        Index("ORDHDRL1", ("ORDST", "ORDDT", "ORDNO")),
        Index("ORDHDRL2", ("CUSNO", "ORDDT", "ORDNO")),
        Index("ORDHDRL3", ("ORDDT", "ORDNO")),
        Index("ORDHDRL4", ("UPDDT", "UPDTM", "ORDNO")),
        Index("ORDHDRL5", ("RUSHF", "ORDNO")),
        Index("ORDHDRL6", ("ORDST", "ORDNO")),
        Index("ORDHDRL7", ("CUSPO", "ORDNO")),
    ),
)

ORDLIN = Table(
    "ORDLIN",
    "Order lines",
    (
        Column("ORDNO", "DECIMAL(7,0)", "Order number"),
        Column("LINNO", "DECIMAL(3,0)", "Line number"),
        Column("ITMNO", "CHAR(15)", "Item number, right-justified"),
        Column("LNUOM", "CHAR(2)", "Unit of measure"),
        Column("LNQTY", "DECIMAL(11,0)", "Quantity ordered, 3 implied decimals"),
        Column("LNSHP", "DECIMAL(11,0)", "Quantity shipped, 3 implied decimals"),
        Column("LNPRC", "DECIMAL(13,0)", "Unit price, 4 implied decimals"),
        Column("LNSTS", "CHAR(2)", "Line status"),
        Column("LNDUE", "DECIMAL(7,0)", "Due date CYYMMDD, 9999999 undetermined"),
        Column("LNWEEK", "DECIMAL(4,0)", "Planned week YYWW"),
        _ACREC,
    ),
    ("ORDNO", "LINNO"),
    (
        Index("ORDLINL1", ("ITMNO", "ORDNO", "LINNO")),
        Index("ORDLINL2", ("LNDUE", "ORDNO", "LINNO")),
        Index("ORDLINL3", ("LNSTS", "ORDNO", "LINNO")),
    ),
)

CUSMAS = Table(
    "CUSMAS",
    "Customer master",
    (
        Column("CUSNO", "CHAR(8)", "Customer number"),
        Column("CNAME", "CHAR(30)", "Name"),
        Column("CADR1", "CHAR(30)", "Address line 1"),
        Column("CADR2", "CHAR(30)", "Address line 2"),
        Column("CADR3", "CHAR(30)", "Address line 3"),
        Column("CCTRY", "CHAR(3)", "Country, car plate"),
        Column("CMAIL", "VARCHAR(60)", "E-mail", null=True),
        Column("CCURCD", "CHAR(3)", "Currency"),
        Column("CRLIM", "CHAR(11)", "Credit limit, zoned CCSID 273, 2 decimals"),
        Column("CSTAT", "CHAR(1)", "Status: A active, H credit hold, I inactive"),
        Column("SINCE", "DECIMAL(6,0)", "Customer since MMDDYY"),
        Column("VATNO", "CHAR(14)", "VAT number"),
        _ACREC,
    ),
    ("CUSNO",),
    (
        Index("CUSMASL1", ("CNAME", "CUSNO")),
        Index("CUSMASL2", ("CCTRY", "CUSNO")),
        Index("CUSMASL3", ("CSTAT", "CUSNO")),
    ),
)

ITMMAS = Table(
    "ITMMAS",
    "Item master",
    (
        Column("ITMNO", "CHAR(15)", "Item number, right-justified"),
        Column("ITDSC", "CHAR(30)", "Description, tagged 37 (really 273)"),
        Column("ITCLS", "CHAR(4)", "Item class"),
        Column("ITUOM", "CHAR(2)", "Unit of measure"),
        Column("ITMPB", "CHAR(1)", "M made, P purchased"),
        Column("ITCST", "CHAR(11)", "Standard cost, zoned CCSID 37, 4 decimals"),
        Column("ITWGT", "DECIMAL(9,0)", "Weight in kg, 3 implied decimals"),
        Column("ITQOH", "CHAR(14)", "Stock on hand, edited 1.234,56-"),
        Column("ITLTD", "DECIMAL(3,0)", "Lead time in days"),
        Column("ITREVD", "DECIMAL(6,0)", "Last revision CYYDDD"),
        Column("ITLCT", "DECIMAL(6,0)", "Last counted YYYYMM"),
        _ACREC,
    ),
    ("ITMNO",),
    (
        Index("ITMMASL1", ("ITCLS", "ITMNO")),
        Index("ITMMASL2", ("ITMPB", "ITMNO")),
    ),
)

BOMSTR = Table(
    "BOMSTR",
    "Bill of materials",
    (
        Column("BPROD", "CHAR(15)", "Parent item, right-justified"),
        Column("BCOMP", "CHAR(15)", "Component item, right-justified"),
        Column("BSEQ", "DECIMAL(4,0)", "Sequence"),
        Column("BQREQ", "DECIMAL(11,0)", "Quantity per parent, 4 implied decimals"),
        Column("BSCRP", "DECIMAL(5,0)", "Scrap percent, 2 implied decimals"),
        Column("BOPNO", "DECIMAL(4,0)", "Used at operation"),
        Column("BEFFD", "DECIMAL(7,0)", "Valid from CYYMMDD"),
        Column("BDISD", "DECIMAL(7,0)", "Valid to CYYMMDD, 9999999 open"),
        _ACREC,
    ),
    ("BPROD", "BCOMP", "BSEQ"),
    (Index("BOMSTRL1", ("BCOMP", "BPROD", "BSEQ")),),
)

ERP = Database("erp", (ORDHDR, ORDLIN, CUSMAS, ITMMAS, BOMSTR))
