namespace FooBar.Data.Tests.History;

/// <summary>What became of each append: there once if it was acknowledged, once at most in any case, and never if it was denied.</summary>
internal static class AppendRules
{
    /// <summary>Checks each append, after the final lists and the reads have been noted with it.</summary>
    public static void Check(IEnumerable<AppendedValue> values, Violations violations)
    {
        foreach (AppendedValue value in values)
        {
            CheckPresence(value, violations);
            CheckAnswers(value, violations);
        }
    }

    private static void CheckPresence(AppendedValue value, Violations violations)
    {
        void Add(Rule rule, Func<string> what) => violations.Add(rule, value.Key, value.Value, () => $"{what()}. {violations.Describe(value.Calls)}");

        if (value.Rows > 1)
            Add(Rule.Duplicated, () => $"is in the final list {value.Rows} times");
        else if (value.ReadTwice is { } twice)
            Add(Rule.Duplicated, () => $"was read twice in one list: {violations.Describe(twice)}");

        if (value.Outcome == AppendOutcome.Acknowledged && value.Rows == 0)
            Add(Rule.Lost, () => $"is not in the final list, and {value.Reads} reads held it");
        if (value.Outcome == AppendOutcome.Unknown && value.Rows == 0 && value.FirstRead is { } read)
            Add(Rule.ReadAndGone, () => $"is not in the final list, and {value.Reads} reads held it, the first: {violations.Describe(read)}");

        if (value.Outcome == AppendOutcome.NotApplied && value.Rows > 0)
            Add(Rule.Denied, () => $"was reported not applied and is in the final list; {value.Reads} reads held it");
        else if (value.ReadThoughDenied is { } denied)
            Add(Rule.Denied, () => $"was reported not applied and was read: {violations.Describe(denied)}");
        if (value.ReadBeforeSent is { } early)
            Add(Rule.Invented, () => $"was read before it was sent: {violations.Describe(early)}");
    }

    private static void CheckAnswers(AppendedValue value, Violations violations)
    {
        if (value.Outcome != AppendOutcome.Acknowledged)
            return;
        long[] answers = [.. value.Calls.Where(call => call.Outcome == AppendOutcome.Acknowledged).Select(call => call.Answer).Distinct()];
        // Where the row is lost or there twice, that is said, and which of the rows the answer means is no matter.
        if (answers.Length > 1 || (value.Rows == 1 && answers[0] != value.Id))
            violations.Add(Rule.AnswerDiffers, value.Key, value.Value, () => $"is row {(value.Rows == 0 ? "none" : value.Id)}, and its callers were told "
                + $"{string.Join(", ", answers)}. {violations.Describe(value.Calls)}");
    }
}
