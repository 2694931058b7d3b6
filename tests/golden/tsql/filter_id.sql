SELECT [T].[Id] 
FROM [T] 
WHERE [T].[Id] = ? AND [T].[Id] != ? AND [T].[Id] IN (?, ?) AND ([T].[Id] NOT IN (?, ?))
