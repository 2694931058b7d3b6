SELECT [odd [schema]]].[odd ]] table].[we]]ird [?]]], [odd [schema]]].[odd ]] table].[select] 
FROM [odd [schema]]].[odd ]] table]
