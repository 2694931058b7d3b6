SELECT [sales].[T].[Id], [sales].[T].[Line], [sales].[T].[Name] 
FROM [sales].[T] 
WHERE [sales].[T].[Id] = ? AND [sales].[T].[Line] = ?
