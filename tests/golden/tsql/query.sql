SELECT TOP (?) q.[Id], q.[Line] 
FROM (
SELECT Id, Line FROM Items WHERE At < '10:30:00'
) AS q
