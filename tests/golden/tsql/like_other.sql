SELECT [T].[Id] 
FROM [T] 
WHERE [T].[Other] LIKE ? ESCAPE '/' AND [T].[Other] LIKE ? ESCAPE '/'
