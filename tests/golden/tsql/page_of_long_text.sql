SELECT TOP (?) [T].[Notes], [T].[Id] 
FROM [T] 
WHERE CAST([T].[Notes] AS VARCHAR(max)) >= CAST(? AS VARCHAR(max)) AND (CAST([T].[Notes] AS VARCHAR(max)) > CAST(? AS VARCHAR(max)) OR CAST([T].[Notes] AS VARCHAR(max)) = CAST(? AS VARCHAR(max)) AND ([T].[Id] > ? OR [T].[Id] = ? AND [T].[Line] > ?)) ORDER BY CAST([T].[Notes] AS VARCHAR(max)), [T].[Id], [T].[Line]
