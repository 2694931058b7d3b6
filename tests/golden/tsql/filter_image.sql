SELECT [T].[Id] 
FROM [T] 
WHERE CAST([T].[Image] AS VARBINARY(max)) = ? AND CAST([T].[Image] AS VARBINARY(max)) != ? AND CAST([T].[Image] AS VARBINARY(max)) IN (?, ?) AND (CAST([T].[Image] AS VARBINARY(max)) NOT IN (?, ?))
