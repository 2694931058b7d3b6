SELECT [T].[Id] 
FROM [T] 
WHERE [T].[NName] = ? AND [T].[NName] != ? AND [T].[NName] IN (?, ?) AND ([T].[NName] NOT IN (?, ?))
