SELECT TOP (?) [T].[Name], [T].[Id] 
FROM [T] 
WHERE [T].[Name] IS NOT NULL OR [T].[Name] IS NULL AND ([T].[Id] > ? OR [T].[Id] = ? AND [T].[Line] > ?) ORDER BY [T].[Name], [T].[Id], [T].[Line]
