SELECT [T].[Id] 
FROM [T] 
WHERE [T].[NCode] = ? AND [T].[NCode] != ? AND [T].[NCode] IN (?, ?) AND ([T].[NCode] NOT IN (?, ?))
