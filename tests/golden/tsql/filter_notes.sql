SELECT [T].[Id] 
FROM [T] 
WHERE CAST([T].[Notes] AS VARCHAR(max)) = CAST(? AS VARCHAR(max)) AND CAST([T].[Notes] AS VARCHAR(max)) != CAST(? AS VARCHAR(max)) AND CAST([T].[Notes] AS VARCHAR(max)) IN (CAST(? AS VARCHAR(max)), CAST(? AS VARCHAR(max))) AND (CAST([T].[Notes] AS VARCHAR(max)) NOT IN (CAST(? AS VARCHAR(max)), CAST(? AS VARCHAR(max))))
