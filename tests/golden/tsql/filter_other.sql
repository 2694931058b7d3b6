SELECT [T].[Id] 
FROM [T] 
WHERE [T].[Other] = ? AND [T].[Other] != ? AND [T].[Other] IN (?, ?) AND ([T].[Other] NOT IN (?, ?))
