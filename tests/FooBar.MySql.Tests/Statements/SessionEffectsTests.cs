using FooBar.MySql.Statements;

namespace FooBar.MySql.Tests.Statements;

public sealed class SessionEffectsTests
{
    [Theory]
    [InlineData("SELECT 1", SessionEffects.None)]
    [InlineData("(SELECT 1) UNION ALL (SELECT 2)", SessionEffects.None)]
    [InlineData("-- why\n/* who */ select * from `t` where a in (@a, @b) and (b or c) limit 3 for update", SessionEffects.None)]
    [InlineData("INSERT INTO shop.posts (a, b) VALUES (@a, NOW(6))", SessionEffects.None)]
    [InlineData("INSERT IGNORE posts (a) VALUES (1) AS new(x) ON DUPLICATE KEY UPDATE a = VALUES(a)", SessionEffects.None)]
    [InlineData("INSERT INTO `my posts` (a) SELECT REPLACE(a, 'get_lock(', '') FROM t", SessionEffects.None)]
    [InlineData("SELECT COUNT(*), CAST(a AS CHAR(10)), t.`b` FROM (SELECT 1) AS t(a)", SessionEffects.None)]
    [InlineData("SELECT /*+ SET_VAR(sort_buffer_size = 16M) */ 'GET_LOCK(', `GET_LOCK` FROM t", SessionEffects.None)]
    [InlineData("SELECT @@global.gtid_executed, @@max_allowed_packet", SessionEffects.None)]
    [InlineData("COMMIT", SessionEffects.None)]
    [InlineData("SELECT ROW_COUNT()", SessionEffects.SeesLast)]
    [InlineData("SHOW WARNINGS", SessionEffects.SeesLast)]
    [InlineData("SELECT @@warning_count", SessionEffects.SeesLast)]
    [InlineData("SELECT last_insert_id ( )", SessionEffects.SeesInsertId)]
    [InlineData("SELECT @@session.identity", SessionEffects.SeesInsertId)]
    [InlineData("UPDATE sequence SET id = LAST_INSERT_ID(id + 1)", SessionEffects.Leaves)]
    [InlineData("SELECT GET_LOCK(@a, 1)", SessionEffects.Leaves)]
    [InlineData("SELECT my_function(1)", SessionEffects.Leaves)]
    [InlineData("SELECT shop.count(1)", SessionEffects.Leaves)]
    [InlineData("SELECT `count`(1)", SessionEffects.Leaves)]
    [InlineData("SELECT shop . `f` /* */ (1)", SessionEffects.Leaves)]
    [InlineData("SELECT @`x`", SessionEffects.Leaves)]
    [InlineData("SELECT 1 INTO @'x'", SessionEffects.Leaves)]
    [InlineData("SET autocommit = 0", SessionEffects.Leaves)]
    [InlineData("CALL p()", SessionEffects.Leaves)]
    [InlineData("CREATE TEMPORARY TABLE t (a INT)", SessionEffects.Leaves)]
    [InlineData("/*!40000 SET x = 1 */", SessionEffects.Leaves)]
    [InlineData("USE shop", SessionEffects.Leaves)]
    [InlineData("`odd`", SessionEffects.Leaves)]
    internal void Parse_JudgesWhatTheStatementDoesToItsSession(string sql, SessionEffects effects) =>
        Assert.Equal(effects, Effects(sql) & ~(SessionEffects.Writes | SessionEffects.Transacts));

    [Theory]
    [InlineData("SELECT 1", SessionEffects.None)]
    [InlineData("TABLE t", SessionEffects.None)]
    [InlineData("INSERT INTO t VALUES (1)", SessionEffects.Writes)]
    [InlineData("WITH a AS (SELECT 1) DELETE FROM t", SessionEffects.Writes)]
    [InlineData("COMMIT AND CHAIN", SessionEffects.Writes | SessionEffects.Transacts)]
    [InlineData("START TRANSACTION", SessionEffects.Writes | SessionEffects.Transacts)]
    [InlineData("CREATE TABLE t (a INT)", SessionEffects.Writes | SessionEffects.Leaves)]
    internal void Parse_KnowsWhatOnlyReads(string sql, SessionEffects effects) => Assert.Equal(effects, Effects(sql));

    private static SessionEffects Effects(string sql) => StatementText.Parse(sql, noBackslashEscapes: false).Effects;
}
