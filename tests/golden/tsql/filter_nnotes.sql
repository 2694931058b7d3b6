SELECT [T].[Id] 
FROM [T] 
WHERE CAST([T].[NNotes] AS NVARCHAR(max)) = ? AND CAST([T].[NNotes] AS NVARCHAR(max)) != ? AND CAST([T].[NNotes] AS NVARCHAR(max)) IN (?, ?) AND (CAST([T].[NNotes] AS NVARCHAR(max)) NOT IN (?, ?))
