SELECT TOP (?) [T].[Name], [T].[Id] 
FROM [T] 
WHERE [T].[Name] >= CAST(? AS VARCHAR(8000)) AND ([T].[Name] > CAST(? AS VARCHAR(8000)) OR [T].[Name] = CAST(? AS VARCHAR(8000)) AND ([T].[Id] > ? OR [T].[Id] = ? AND [T].[Line] > ?)) ORDER BY [T].[Name], [T].[Id], [T].[Line]
