WITH [open ( items] AS (
    SELECT Id, Line, 'a ; ) -- b' AS Note FROM dbo.Items /* ( */ WHERE State <> 'X'
), counted AS (SELECT COUNT(*) AS N FROM [open ( items])
SELECT TOP (?) q.[Id], q.[Price] 
FROM (
SELECT o.Id, o.Line, c.N AS Price FROM [open ( items] AS o CROSS JOIN counted AS c
) AS q 
WHERE q.[Id] > ? AND q.[Id] >= ? AND (q.[Id] > ? OR q.[Id] = ? AND q.[Line] > ?) ORDER BY q.[Id], q.[Line]
