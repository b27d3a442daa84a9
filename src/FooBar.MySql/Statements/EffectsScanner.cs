namespace FooBar.MySql.Statements;

/// <summary>
/// Judges a statement by its tokens, given in their order. An allow-list (<see cref="KnownSql"/>): a verb or a function that is not known
/// to leave nothing may leave something. What happens inside a view, a trigger or a stored function cannot be seen here; much of it the
/// server reports.
/// </summary>
internal ref struct EffectsScanner()
{
    private bool _hasVerb;
    private SqlToken _previous = SqlToken.Symbol;
    private ReadOnlySpan<char> _name;
    private bool _isQualified;
    private bool _namesTable;
    private bool _isBehindPoint;
    private bool _isInLastInsertId;

    public SessionEffects Effects { get; private set; }

    public void Take(SqlToken kind, ReadOnlySpan<char> token)
    {
        if (kind == SqlToken.Comment) return;

        if (_isInLastInsertId)
        {
            // With an argument it sets what it will show.
            Effects |= token is ")" ? SessionEffects.SeesInsertId : SessionEffects.Leaves;
            _isInLastInsertId = false;
        }

        if (kind is SqlToken.ExecutableComment or SqlToken.UserVariable) Effects |= SessionEffects.Leaves;
        if (kind == SqlToken.SystemVariable) Effects |= KnownSql.EffectsOfVariable(token[2..]);

        bool isName = kind is SqlToken.Word or SqlToken.QuotedName;
        if (isName && !_hasVerb)
        {
            _hasVerb = true;
            Effects |= kind == SqlToken.Word ? KnownSql.EffectsOfVerb(token) : SessionEffects.Leaves;
        }

        if (isName) TakeName(kind, token);
        else if (token is "(" && IsName(_previous)) TakeCall();
        else if (token is "(" && _previous == SqlToken.String) Effects |= SessionEffects.Leaves; // under ANSI_QUOTES a function's name

        _isBehindPoint = token is "." && (IsName(_previous) || _previous == SqlToken.SystemVariable);
        if (!_isBehindPoint) _previous = kind;
    }

    private static bool IsName(SqlToken kind) => kind is SqlToken.Word or SqlToken.QuotedName;

    private void TakeName(SqlToken kind, ReadOnlySpan<char> token)
    {
        // "INTO schema.posts (" and "AS t (" list columns: what stands there is no function.
        if (!_isBehindPoint) _namesTable = IsName(_previous) && KnownSql.PrecedesTable(_name);
        if (_isBehindPoint && _previous == SqlToken.SystemVariable) Effects |= KnownSql.EffectsOfVariable(token); // @@session.identity
        _isQualified = _isBehindPoint || kind == SqlToken.QuotedName;
        _name = token;
    }

    private void TakeCall()
    {
        if (_namesTable) return;

        if (_isQualified) Effects |= SessionEffects.Leaves; // a stored function
        else if (_name.Equals("LAST_INSERT_ID", StringComparison.OrdinalIgnoreCase)) _isInLastInsertId = true;
        else Effects |= KnownSql.EffectsOfCall(_name);
    }
}
