SELECT [T].[Id] 
FROM [T] 
WHERE [T].[Line] = ? AND [T].[Line] != ? AND [T].[Line] IN (?, ?) AND ([T].[Line] NOT IN (?, ?))
