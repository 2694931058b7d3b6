SELECT [T].[Id] 
FROM [T] 
WHERE [T].[NName] LIKE ? ESCAPE '/' AND [T].[NName] LIKE ? ESCAPE '/'
