WITH [open ( items] AS (
    SELECT Id, Line, 'a ; ) -- b' AS Note FROM dbo.Items /* ( */ WHERE State <> 'X'
), counted AS (SELECT COUNT(*) AS N FROM [open ( items])
SELECT COUNT_BIG(*) AS count_1 
FROM (
SELECT o.Id, o.Line, c.N AS Price FROM [open ( items] AS o CROSS JOIN counted AS c
) AS q 
WHERE q.[Id] IN (?, ?, ?)
