SELECT [sales].[T].[Id], [sales].[T].[Name] 
FROM [sales].[T] ORDER BY [sales].[T].[Id], [sales].[T].[Line]
