SELECT [T].[Id] 
FROM [T] 
WHERE [T].[Clock7] = CAST(? AS TIME(7)) AND [T].[Clock7] != CAST(? AS TIME(7)) AND [T].[Clock7] IN (CAST(? AS TIME(7)), CAST(? AS TIME(7))) AND ([T].[Clock7] NOT IN (CAST(? AS TIME(7)), CAST(? AS TIME(7))))
