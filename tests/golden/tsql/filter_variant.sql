SELECT [T].[Id] 
FROM [T] 
WHERE CAST([T].[Variant] AS NVARCHAR(4000)) = ? AND CAST([T].[Variant] AS NVARCHAR(4000)) != ? AND CAST([T].[Variant] AS NVARCHAR(4000)) IN (?, ?) AND (CAST([T].[Variant] AS NVARCHAR(4000)) NOT IN (?, ?))
