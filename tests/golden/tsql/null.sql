SELECT [T].[Id] 
FROM [T] 
WHERE [T].[Name] IS NULL OR [T].[Price] IS NOT NULL
