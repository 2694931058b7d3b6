SELECT TOP (?) [T].[Id], [T].[Line] 
FROM [T] 
WHERE [T].[Id] >= ? AND ([T].[Id] > ? OR [T].[Id] = ? AND [T].[Line] < ?) ORDER BY [T].[Id], [T].[Line] DESC
