SELECT [T].[Id] 
FROM [T] 
WHERE [T].[Clock] = CAST(? AS TIME(7)) AND [T].[Clock] != CAST(? AS TIME(7)) AND [T].[Clock] IN (CAST(? AS TIME(7)), CAST(? AS TIME(7))) AND ([T].[Clock] NOT IN (CAST(? AS TIME(7)), CAST(? AS TIME(7))))
