namespace FooBar.Lab.Tests.Support;

/// <summary>Finds the selectors of a PromQL expression: metric names with their matchers, without ranges, functions and label lists.</summary>
internal static class PromqlSelectors
{
    private static readonly HashSet<string> Words =
    [
        "and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset", "atan2", "inf", "nan", "start", "end",
    ];

    private static readonly HashSet<string> BeforeLabels = ["by", "without", "on", "ignoring", "group_left", "group_right"];

    /// <summary>Each selector once, as it stands in the expression.</summary>
    public static IReadOnlyList<string> Of(string expression)
    {
        HashSet<string> found = [];
        for (int at = 0; at < expression.Length;)
        {
            char now = expression[at];
            if (now is '"' or '\'' or '`')
            {
                at = AfterString(expression, at);
            }
            else if (now == '[')
            {
                at = expression.IndexOf(']', at) + 1;
            }
            else if (now == '{')
            {
                int end = AfterMatchers(expression, at);
                found.Add(expression[at..end]);
                at = end;
            }
            else if (char.IsAsciiDigit(now))
            {
                // A number or a duration: 0.3, 1e9, 5m.
                at = After(expression, at, character => char.IsAsciiLetterOrDigit(character) || character == '.');
            }
            else if (char.IsAsciiLetter(now) || now is '_' or ':')
            {
                int end = After(expression, at, character => char.IsAsciiLetterOrDigit(character) || character is '_' or ':');
                string name = expression[at..end];
                int next = After(expression, end, char.IsWhiteSpace);
                char follows = next < expression.Length ? expression[next] : '\0';
                if (BeforeLabels.Contains(name))
                {
                    at = follows == '(' ? expression.IndexOf(')', next) + 1 : end;
                }
                else if (follows == '{' && !Words.Contains(name))
                {
                    int close = AfterMatchers(expression, next);
                    found.Add(name + expression[next..close]);
                    at = close;
                }
                else
                {
                    if (follows != '(' && !Words.Contains(name) && !FollowedByLabels(expression, next))
                    {
                        found.Add(name);
                    }

                    at = end;
                }
            }
            else
            {
                at++;
            }
        }

        return [.. found];
    }

    /// <summary>An aggregation may have its labels first: <c>sum by (job) (x)</c>.</summary>
    private static bool FollowedByLabels(string expression, int at)
    {
        int end = After(expression, at, char.IsAsciiLetter);
        return expression[at..end] is "by" or "without";
    }

    private static int After(string text, int from, Func<char, bool> belongs)
    {
        int at = from;
        while (at < text.Length && belongs(text[at]))
        {
            at++;
        }

        return at;
    }

    private static int AfterString(string text, int from)
    {
        int at = from + 1;
        while (text[at] != text[from])
        {
            at += text[at] == '\\' && text[from] != '`' ? 2 : 1;
        }

        return at + 1;
    }

    private static int AfterMatchers(string text, int from)
    {
        int at = from + 1;
        while (text[at] != '}')
        {
            at = text[at] is '"' or '\'' or '`' ? AfterString(text, at) : at + 1;
        }

        return at + 1;
    }
}
