SELECT TOP (?) [T].[Old], [T].[Id] 
FROM [T] 
WHERE [T].[Old] < CAST(? AS DATETIME) OR [T].[Old] IS NULL OR [T].[Old] = CAST(? AS DATETIME) AND ([T].[Id] > ? OR [T].[Id] = ? AND [T].[Line] > ?) ORDER BY [T].[Old] DESC, [T].[Id], [T].[Line]
