SELECT [T].[Id] 
FROM [T] 
WHERE [T].[Version] = ? AND [T].[Version] != ? AND [T].[Version] IN (?, ?) AND ([T].[Version] NOT IN (?, ?))
