"""The tables of `mes`, in the manner of a SQL Server application, and what the contract's named queries return.

In charge of definitions only; the rows are made in `app.demo.mes`.
"""

from __future__ import annotations

from adapters.port import Index
from app.demo.tables import Column, Database, Query, Table

_ROW_VERSION = Column("RowVer", "ROWVERSION", "Changes with every update")

WORK_CENTER = Table(
    "WorkCenter",
    "Machines and work places",
    (
        Column("WorkCenterId", "INT", "Identity"),
        Column("Code", "NVARCHAR(12)", "Code on the door"),
        Column("Name", "NVARCHAR(60)", "Name"),
        Column("Hall", "NVARCHAR(30)", "Hall"),
        Column("HourlyRate", "MONEY", "Cost of an hour, USD"),
        Column("CapacityHours", "DECIMAL(5,2)", "Hours a day"),
        Column("ShiftStart", "INT", "Start of the first shift, seconds since midnight"),
        Column("IsActive", "BIT", "In use"),
        _ROW_VERSION,
    ),
    ("WorkCenterId",),
    (Index("UX_WorkCenter_Code", ("Code",), unique=True),),
)

JOB_ORDER = Table(
    "JobOrder",
    "Jobs: one for a line that is made",
    (
        Column("JobId", "UNIQUEIDENTIFIER", "Identity"),
        Column("JobNo", "NVARCHAR(12)", "Number on the traveller"),
        Column("OrderNo", "NVARCHAR(10)", "Customer order, 7 digits"),
        Column("OrderLine", "INT", "Line of the customer order"),
        Column("ItemNo", "NVARCHAR(15)", "Item"),
        Column("Quantity", "DECIMAL(12,3)", "Quantity to make"),
        Column("State", "TINYINT", "0 planned 1 released 2 running 3 complete 4 on hold 9 cancelled"),
        Column("Priority", "TINYINT", "1 highest to 9"),
        Column("IsHot", "BIT", "Expedite"),
        Column("PlannedStart", "DATETIME(3)", "Planned start, local"),
        Column("DueAt", "DATETIME(3)", "Due, local"),
        Column("StartedAt", "DATETIME(3)", "Started, local", null=True),
        Column("FinishedAt", "DATETIME(3)", "Finished, local", null=True),
        Column("Cost", "MONEY", "Cost so far, USD"),
        Column("Notes", "NVARCHAR(200)", "Notes from the floor", null=True),
        _ROW_VERSION,
    ),
    ("JobId",),
    (
        Index("UX_JobOrder_JobNo", ("JobNo",), unique=True),
        Index("IX_JobOrder_OrderNo", ("OrderNo", "JobNo")),
        Index("IX_JobOrder_ItemNo", ("ItemNo", "JobNo")),
        Index("IX_JobOrder_State", ("State", "JobNo")),
        Index("IX_JobOrder_State_DueAt", ("State", "DueAt", "JobNo")),
        Index("IX_JobOrder_DueAt", ("DueAt", "JobNo")),
        Index("IX_JobOrder_StartedAt", ("StartedAt", "JobNo")),
    ),
)

JOB_OPERATION = Table(
    "JobOperation",
    "Operations of jobs",
    (
        Column("JobId", "UNIQUEIDENTIFIER", "Job"),
        Column("OpSeq", "INT", "Sequence: 10, 20, …"),
        Column("OpCode", "NVARCHAR(8)", "Kind of work"),
        Column("OpText", "NVARCHAR(80)", "What to do"),
        Column("WorkCenterId", "INT", "Work center"),
        Column("State", "TINYINT", "0 waiting 1 running 2 done 9 cancelled"),
        Column("SetupMinutes", "DECIMAL(7,2)", "Planned set-up"),
        Column("RunMinutes", "DECIMAL(9,2)", "Planned run time of the whole job"),
        Column("GoodQty", "INT", "Good pieces reported"),
        Column("ScrapQty", "INT", "Scrapped pieces reported"),
        Column("StartedAt", "DATETIME(3)", "Started, local", null=True),
        Column("FinishedAt", "DATETIME(3)", "Finished, local", null=True),
        Column("Operator", "NVARCHAR(40)", "Who reported last", null=True),
        _ROW_VERSION,
    ),
    ("JobId", "OpSeq"),
    (
        Index("IX_JobOperation_WorkCenter", ("WorkCenterId", "State", "JobId", "OpSeq")),
        Index("IX_JobOperation_State", ("State", "JobId", "OpSeq")),
    ),
)

SHIPMENT = Table(
    "Shipment",
    "Shipments",
    (
        Column("ShipmentId", "INT", "Identity"),
        Column("OrderNo", "NVARCHAR(10)", "Customer order, 7 digits"),
        Column("Carrier", "NVARCHAR(10)", "Carrier code"),
        Column("TrackingNo", "NVARCHAR(30)", "Tracking number", null=True),
        Column("ShippedAt", "DATETIME(3)", "Left the dock, local"),
        Column("DeliveredAt", "DATETIME(3)", "Delivered, local", null=True),
        Column("Packages", "INT", "Number of packages"),
        Column("GrossWeight", "DECIMAL(9,3)", "Gross weight in kg"),
        Column("Freight", "MONEY", "Freight, USD"),
        Column("IsComplete", "BIT", "Completes the order"),
        _ROW_VERSION,
    ),
    ("ShipmentId",),
    (
        Index("IX_Shipment_OrderNo", ("OrderNo", "ShipmentId")),
        Index("IX_Shipment_ShippedAt", ("ShippedAt", "ShipmentId")),
        Index("IX_Shipment_Carrier", ("Carrier", "ShippedAt", "ShipmentId")),
        Index("IX_Shipment_TrackingNo", ("TrackingNo", "ShipmentId")),
    ),
)

_LATE_JOBS = Query(
    "late_jobs.sql",
    (
        Column("JobId", "UNIQUEIDENTIFIER", "Identity"),
        Column("JobNo", "NVARCHAR(12)", "Number on the traveller"),
        Column("OrderNo", "NVARCHAR(10)", "Customer order, 7 digits"),
        Column("ItemNo", "NVARCHAR(15)", "Item"),
        Column("State", "TINYINT", "State of the job"),
        Column("DueAt", "DATETIME(3)", "Due, local"),
        Column("DaysLate", "INT", "Whole days between due and the last report"),
        Column("OpenOperations", "INT", "Operations still to do"),
    ),
)

_WORK_CENTER_LOAD = Query(
    "work_center_load.sql",
    (
        Column("WorkCenterId", "INT", "Identity"),
        Column("Code", "NVARCHAR(12)", "Code on the door"),
        Column("Name", "NVARCHAR(60)", "Name"),
        Column("OpenOperations", "INT", "Operations waiting or running"),
        Column("OpenMinutes", "DECIMAL(12,2)", "Planned minutes of these"),
        Column("CapacityHours", "DECIMAL(5,2)", "Hours a day"),
    ),
)

MES = Database("mes", (WORK_CENTER, JOB_ORDER, JOB_OPERATION, SHIPMENT), (_LATE_JOBS, _WORK_CENTER_LOAD))
