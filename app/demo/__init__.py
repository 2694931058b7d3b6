"""The plant that the demo runs: a contract, and two databases that look like the systems they stand for.

    plant.build(folder)        the contract's copy, erp.db and mes.db; deterministic, and made only once
    links.links(base_url)      what to open, and what to paste into a terminal

Facts come first (`masters`, `trade`, `floor`), then each system's stored forms of them (`erp`, `mes`, with `stored`), then
the dirt (`dirt`). `erp_tables` and `mes_tables` define the tables; DDL and catalog snapshots are both made from them.
"""
