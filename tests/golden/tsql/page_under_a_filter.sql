SELECT TOP (?) [T].[Id], [T].[Line] 
FROM [T] 
WHERE [T].[Code] = CAST(? AS VARCHAR(8000)) AND [T].[Id] >= ? AND ([T].[Id] > ? OR [T].[Id] = ? AND [T].[Line] > ?) ORDER BY [T].[Id], [T].[Line]
