SELECT [T].[Id] 
FROM [T] 
WHERE [T].[Day] = CAST(? AS DATE) AND [T].[Day] != CAST(? AS DATE) AND [T].[Day] IN (CAST(? AS DATE), CAST(? AS DATE)) AND ([T].[Day] NOT IN (CAST(? AS DATE), CAST(? AS DATE)))
