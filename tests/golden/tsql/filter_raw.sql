SELECT [T].[Id] 
FROM [T] 
WHERE [T].[Raw] = ? AND [T].[Raw] != ? AND [T].[Raw] IN (?, ?) AND ([T].[Raw] NOT IN (?, ?))
