WITH XMLNAMESPACES ('urn:a' AS a) SELECT TOP (?) q.[Id], q.[Line] 
FROM (
SELECT Id, x.value('(/a:b)[1]', 'int') AS Line FROM Docs
) AS q ORDER BY q.[Id], q.[Line]
