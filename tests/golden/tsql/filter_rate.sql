SELECT [T].[Id] 
FROM [T] 
WHERE [T].[Rate] = ? AND [T].[Rate] != ? AND [T].[Rate] IN (?, ?) AND ([T].[Rate] NOT IN (?, ?))
