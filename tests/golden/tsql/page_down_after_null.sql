SELECT TOP (?) [T].[Old], [T].[Id] 
FROM [T] 
WHERE [T].[Old] IS NULL AND ([T].[Id] > ? OR [T].[Id] = ? AND [T].[Line] > ?) ORDER BY [T].[Old] DESC, [T].[Id], [T].[Line]
