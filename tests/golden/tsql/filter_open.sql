SELECT [T].[Id] 
FROM [T] 
WHERE [T].[Open] = ? AND [T].[Open] != ? AND [T].[Open] IN (?, ?) AND ([T].[Open] NOT IN (?, ?))
