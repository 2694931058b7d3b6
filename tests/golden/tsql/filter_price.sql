SELECT [T].[Id] 
FROM [T] 
WHERE [T].[Price] = ? AND [T].[Price] != ? AND [T].[Price] IN (?, ?) AND ([T].[Price] NOT IN (?, ?))
