using System.Collections.Frozen;

namespace FooBar.MySql.Statements;

/// <summary>
/// The words of MySQL 8.4 to 9.x of which the driver knows what they do to a session (MySQL Reference Manual, "Built-In Function and
/// Operator Reference"). A stored function cannot take the name of a built-in one without its schema in front.
/// </summary>
internal static class KnownSql
{
    private static readonly FrozenDictionary<string, SessionEffects>.AlternateLookup<ReadOnlySpan<char>> Verbs =
        new Dictionary<string, SessionEffects>
        {
            ["SELECT"] = SessionEffects.None,
            ["INSERT"] = SessionEffects.Writes,
            ["UPDATE"] = SessionEffects.Writes,
            ["DELETE"] = SessionEffects.Writes,
            ["REPLACE"] = SessionEffects.Writes,
            // It can stand before an UPDATE or DELETE.
            ["WITH"] = SessionEffects.Writes,
            ["VALUES"] = SessionEffects.None,
            ["TABLE"] = SessionEffects.None,
            ["DO"] = SessionEffects.Writes,
            ["EXPLAIN"] = SessionEffects.None,
            ["DESCRIBE"] = SessionEffects.None,
            ["DESC"] = SessionEffects.None,
            ["KILL"] = SessionEffects.Writes,
            // An open transaction shows in the server's status, and is rolled back when the session is given back.
            ["START"] = SessionEffects.Writes | SessionEffects.Transacts,
            ["BEGIN"] = SessionEffects.Writes | SessionEffects.Transacts,
            ["COMMIT"] = SessionEffects.Writes | SessionEffects.Transacts,
            ["ROLLBACK"] = SessionEffects.Writes | SessionEffects.Transacts,
            ["SAVEPOINT"] = SessionEffects.Writes | SessionEffects.Transacts,
            ["RELEASE"] = SessionEffects.Writes | SessionEffects.Transacts,
            ["SHOW"] = SessionEffects.SeesLast, // WARNINGS, ERRORS, VARIABLES, STATUS
        }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> SeenVariables = Set("warning_count error_count");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> InsertIdVariables = Set("last_insert_id identity");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> SeeingFunctions = Set("FOUND_ROWS ROW_COUNT");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> BeforeTables = Set(
        "INTO INSERT REPLACE IGNORE LOW_PRIORITY DELAYED AS");

    /// <summary>
    /// Words that may stand before a parenthesis: reserved ones, and functions that every server since 8.4 has and that leave nothing. A word that
    /// is neither can be the name of a stored function.
    /// </summary>
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Harmless = Set(
        """
        AGAINST ALL AND AS ASC BETWEEN BINARY BY CASE COLLATE CROSS DESC DISTINCT DIV ELSE EXCEPT EXISTS FOR FORCE FROM GROUP HAVING IN INDEX
        INNER INTERSECT INTERVAL INTO IS JOIN KEY KEYS LATERAL LIKE LIMIT MATCH MOD NATURAL NOT NULL OF ON OR ORDER OUTER OVER PARTITION
        RECURSIVE REGEXP RLIKE ROW SELECT SET STRAIGHT_JOIN THEN UNION UPDATE USE USING VALUES WHEN WHERE WITH XOR
        BIGINT CHAR CHARACTER DATE DEC DECIMAL DOUBLE FLOAT INT INTEGER NUMERIC REAL SMALLINT TIME TIMESTAMP TINYINT UNSIGNED VARBINARY
        VARCHAR YEAR

        ABS ACOS ADDDATE ADDTIME AES_DECRYPT AES_ENCRYPT ANY_VALUE ASCII ASIN ATAN ATAN2 AVG BENCHMARK BIN BIN_TO_UUID BIT_AND BIT_COUNT
        BIT_LENGTH BIT_OR BIT_XOR CAN_ACCESS_COLUMN CAN_ACCESS_DATABASE CAN_ACCESS_TABLE CAN_ACCESS_VIEW CAST CEIL CEILING
        CHARACTER_LENGTH CHARSET CHAR_LENGTH COALESCE COERCIBILITY COLLATION COMPRESS CONCAT CONCAT_WS CONNECTION_ID CONV CONVERT
        CONVERT_TZ COS COT COUNT CRC32 CUME_DIST CURDATE CURRENT_DATE CURRENT_ROLE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURTIME
        DATABASE DATEDIFF DATE_ADD DATE_FORMAT DATE_SUB DAY DAYNAME DAYOFMONTH DAYOFWEEK DAYOFYEAR DEFAULT DEGREES DENSE_RANK
        ELT EXP EXPORT_SET EXTRACT EXTRACTVALUE FIELD FIND_IN_SET FIRST_VALUE FLOOR FORMAT FORMAT_BYTES FORMAT_PICO_TIME FROM_BASE64
        FROM_DAYS FROM_UNIXTIME GEOMCOLLECTION GEOMETRYCOLLECTION GET_FORMAT GREATEST GROUPING GROUP_CONCAT GTID_SUBSET
        GTID_SUBTRACT HEX HOUR ICU_VERSION IF IFNULL INET6_ATON INET6_NTOA INET_ATON INET_NTOA INSERT INSTR ISNULL IS_FREE_LOCK IS_IPV4
        IS_IPV4_COMPAT IS_IPV4_MAPPED IS_IPV6 IS_USED_LOCK IS_UUID JSON_ARRAY JSON_ARRAYAGG JSON_ARRAY_APPEND JSON_ARRAY_INSERT
        JSON_CONTAINS JSON_CONTAINS_PATH JSON_DEPTH JSON_EXTRACT JSON_INSERT JSON_KEYS JSON_LENGTH JSON_MERGE
        JSON_MERGE_PATCH JSON_MERGE_PRESERVE JSON_OBJECT JSON_OBJECTAGG JSON_OVERLAPS JSON_PRETTY JSON_QUOTE JSON_REMOVE JSON_REPLACE
        JSON_SCHEMA_VALID JSON_SCHEMA_VALIDATION_REPORT JSON_SEARCH JSON_SET JSON_STORAGE_FREE JSON_STORAGE_SIZE JSON_TABLE JSON_TYPE
        JSON_UNQUOTE JSON_VALID JSON_VALUE LAG LAST_DAY LAST_VALUE LCASE LEAD LEAST LEFT LENGTH LINESTRING LN LOAD_FILE LOCALTIME
        LOCALTIMESTAMP LOCATE LOG LOG10 LOG2 LOWER LPAD LTRIM MAKEDATE MAKETIME MAKE_SET MAX MBRCONTAINS MBRCOVEREDBY MBRCOVERS
        MBRDISJOINT MBREQUALS MBRINTERSECTS MBROVERLAPS MBRTOUCHES MBRWITHIN MD5 MICROSECOND MID MIN MINUTE MONTH MONTHNAME
        MULTILINESTRING MULTIPOINT MULTIPOLYGON NAME_CONST NOW NTH_VALUE NTILE NULLIF OCT OCTET_LENGTH ORD PERCENT_RANK PERIOD_ADD
        PERIOD_DIFF PI POINT POLYGON POSITION POW POWER PS_CURRENT_THREAD_ID PS_THREAD_ID QUARTER QUOTE RADIANS RAND RANDOM_BYTES RANK
        REGEXP_INSTR REGEXP_LIKE REGEXP_REPLACE REGEXP_SUBSTR REPEAT REPLACE REVERSE RIGHT ROUND ROW_NUMBER RPAD RTRIM
        SCHEMA SECOND SEC_TO_TIME SESSION_USER SHA SHA1 SHA2 SIGN SIN SLEEP SOUNDEX SPACE SQRT STATEMENT_DIGEST STATEMENT_DIGEST_TEXT STD
        STDDEV STDDEV_POP STDDEV_SAMP STRCMP STR_TO_DATE SUBDATE SUBSTR SUBSTRING SUBSTRING_INDEX SUBTIME SUM SYSDATE
        SYSTEM_USER TAN TIMEDIFF TIMESTAMPADD TIMESTAMPDIFF TIME_FORMAT TIME_TO_SEC TO_BASE64 TO_DAYS TO_SECONDS TRIM TRUNCATE
        UCASE UNCOMPRESS UNCOMPRESSED_LENGTH UNHEX UNIX_TIMESTAMP UPDATEXML UPPER USER UTC_DATE UTC_TIME UTC_TIMESTAMP UUID UUID_SHORT
        UUID_TO_BIN VARIANCE VAR_POP VAR_SAMP VERSION
        WAIT_FOR_EXECUTED_GTID_SET WEEK WEEKDAY WEEKOFYEAR WEIGHT_STRING YEARWEEK

        ST_AREA ST_ASBINARY ST_ASGEOJSON ST_ASTEXT ST_ASWKB ST_ASWKT ST_BUFFER ST_BUFFER_STRATEGY ST_CENTROID ST_COLLECT ST_CONTAINS
        ST_CONVEXHULL ST_CROSSES ST_DIFFERENCE ST_DIMENSION ST_DISJOINT ST_DISTANCE ST_DISTANCE_SPHERE ST_ENDPOINT ST_ENVELOPE ST_EQUALS
        ST_EXTERIORRING ST_FRECHETDISTANCE ST_GEOHASH ST_GEOMCOLLFROMTEXT ST_GEOMCOLLFROMWKB ST_GEOMETRYN ST_GEOMETRYTYPE
        ST_GEOMFROMGEOJSON ST_GEOMFROMTEXT ST_GEOMFROMWKB ST_HAUSDORFFDISTANCE ST_INTERIORRINGN ST_INTERSECTION ST_INTERSECTS ST_ISCLOSED
        ST_ISEMPTY ST_ISSIMPLE ST_ISVALID ST_LATFROMGEOHASH ST_LATITUDE ST_LENGTH ST_LINEFROMTEXT ST_LINEFROMWKB ST_LINEINTERPOLATEPOINT
        ST_LINEINTERPOLATEPOINTS ST_LONGFROMGEOHASH ST_LONGITUDE ST_MAKEENVELOPE ST_MLINEFROMTEXT ST_MLINEFROMWKB ST_MPOINTFROMTEXT
        ST_MPOINTFROMWKB ST_MPOLYFROMTEXT ST_MPOLYFROMWKB ST_NUMGEOMETRIES ST_NUMINTERIORRINGS ST_NUMPOINTS ST_OVERLAPS ST_POINTATDISTANCE
        ST_POINTFROMGEOHASH ST_POINTFROMTEXT ST_POINTFROMWKB ST_POINTN ST_POLYFROMTEXT ST_POLYFROMWKB ST_SIMPLIFY ST_SRID ST_STARTPOINT
        ST_SWAPXY ST_SYMDIFFERENCE ST_TOUCHES ST_TRANSFORM ST_UNION ST_VALIDATE ST_WITHIN ST_X ST_Y
        """);

    /// <summary>Of the first word of a statement.</summary>
    public static SessionEffects EffectsOfVerb(ReadOnlySpan<char> word) =>
        Verbs.TryGetValue(word, out SessionEffects effects) ? effects : SessionEffects.Leaves | SessionEffects.Writes;

    /// <summary>Of an unquoted word that stands before a parenthesis. LAST_INSERT_ID is not among them: it depends on what is in the parenthesis.</summary>
    public static SessionEffects EffectsOfCall(ReadOnlySpan<char> word) =>
        Harmless.Contains(word) ? SessionEffects.None : SeeingFunctions.Contains(word) ? SessionEffects.SeesLast : SessionEffects.Leaves;

    /// <summary>Of reading a system variable, given without its <c>@@</c> and scope.</summary>
    public static SessionEffects EffectsOfVariable(ReadOnlySpan<char> name) =>
        InsertIdVariables.Contains(name) ? SessionEffects.SeesInsertId : SeenVariables.Contains(name) ? SessionEffects.SeesLast : SessionEffects.None;

    /// <summary>Whether a name behind this word is a table's, whose columns may follow in parentheses.</summary>
    public static bool PrecedesTable(ReadOnlySpan<char> word) => BeforeTables.Contains(word);

    private static FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Set(string words) =>
        words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase)
            .GetAlternateLookup<ReadOnlySpan<char>>();
}
