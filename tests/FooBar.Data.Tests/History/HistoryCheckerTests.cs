namespace FooBar.Data.Tests.History;

/// <summary>Histories by hand: the right ones pass, and of each wrong one exactly what is wrong is named.</summary>
public sealed class HistoryCheckerTests
{
    private static readonly ReadFreshness Second = ReadFreshness.AtMost(TimeSpan.FromSeconds(1));

    public static TheoryData<int> Fresh => [0, 1, 2];

    private static WrittenHistory New => new();

    [Fact]
    public void Correct_NothingHappened_Passes() => New.IsCorrect();

    [Fact]
    public void Correct_AcknowledgedAppendsReadByEveryKind_Passes() => New
        .Append(1, 0, 10).Append(2, 20, 30, session: 2)
        .Read(ReadFreshness.OwnWrites, 40, 50, [1])
        .Read(ReadFreshness.OwnWrites, 40, 50, [1, 2], session: 2)
        .Read(Second, 40, 50, [1])
        .Read(Second, 1031, 1040, [1, 2], session: 9)
        .Read(ReadFreshness.Latest, 40, 50, [1, 2], session: 9)
        .Read(ReadFreshness.Any, 40, 50, [])
        .Final([1, 2]).IsCorrect();

    [Fact]
    public void Correct_UnknownIsThereOrNot_Passes() => New
        .Append(1, 0, 10, AppendOutcome.Unknown).Append(2, 0, 10, AppendOutcome.Unknown)
        .Read(ReadFreshness.Latest, 20, 30, []).Read(ReadFreshness.Latest, 40, 50, [2])
        .Final([2]).IsCorrect();

    [Fact]
    public void Correct_NotAppliedIsNowhere_Passes() => New
        .Append(1, 0, 10, AppendOutcome.NotApplied).Read(ReadFreshness.Latest, 20, 30, []).IsCorrect();

    [Theory]
    [MemberData(nameof(Fresh))]
    public void Correct_AppendUnderWayBesideTheRead_IsReadOrNot(int kind) => New
        .Append(1, 0, 10).Append(2, 5, 15)
        // Of two moments with one timestamp none is the earlier one.
        .Read(Of(kind), 10, 20, []).Read(Of(kind), 10, 20, [1, 2]).Read(Of(kind), 10, 20, [2])
        .Final([1, 2]).IsCorrect();

    [Fact]
    public void Correct_ReadBesideTheFirstMomentOfAnAppend_MayHoldIt() => New
        .Append(1, 10, 20).Read(ReadFreshness.Any, 0, 10, [1]).Final([1]).IsCorrect();

    [Fact]
    public void Correct_SentTwiceWithOneAnswer_IsThereOnce() => New
        .Append(1, 0, 10, answer: 1).Append(1, 5, 12, instance: 1, answer: 1).Append(1, 100, 110, session: 2, answer: 1)
        .Read(ReadFreshness.OwnWrites, 50, 60, [1]).Final([1]).IsCorrect();

    [Fact]
    public void Correct_SentTwiceAndOneOfThemDenied_IsThereByTheOther() => New
        .Append(1, 0, 10, AppendOutcome.NotApplied).Append(1, 5, 12).Read(ReadFreshness.Any, 6, 7, [1])
        .Append(2, 20, 30, AppendOutcome.Unknown).Append(2, 25, 35, AppendOutcome.NotApplied).Read(ReadFreshness.Any, 36, 37, [1, 2])
        .Final([1, 2]).IsCorrect();

    [Fact]
    public void Correct_CommittedLaterWithASmallerId_MayBeMissingInAnEarlierRead() => New
        .Append(1, 0, 50, session: 2).Append(2, 0, 10).Append(3, 20, 30)
        .Read(ReadFreshness.Latest, 11, 12, [2]).Read(ReadFreshness.Latest, 31, 32, [2, 3]).Read(ReadFreshness.Latest, 51, 52, [1, 2, 3])
        .Final([1, 2, 3]).IsCorrect();

    [Fact]
    public void Correct_AnyReadsGoBack_Passes() => New
        .Append(1, 0, 10).Append(2, 20, 30)
        .Read(ReadFreshness.Any, 40, 41, [1, 2]).Read(ReadFreshness.Any, 42, 43, []).Read(ReadFreshness.Any, 44, 45, [1])
        .Final([1, 2]).IsCorrect();

    [Fact]
    public void Correct_ReadFailed_HasMissedNothing() => New
        .Append(1, 0, 10).Read(ReadFreshness.Latest, 20, 30, null, error: "TimeoutException").Final([1]).IsCorrect();

    [Fact]
    public void Correct_ListsAreApart_Passes() => New
        .Append(1, 0, 10).Append(2, 0, 10, key: 2)
        .Read(ReadFreshness.Latest, 20, 30, [1]).Read(ReadFreshness.Latest, 20, 30, [2], key: 2)
        .Final([1]).Final([2], key: 2).IsCorrect();

    [Fact]
    public void Lost_AcknowledgedAndNotInTheFinalList_IsNamed() => New.Append(1, 0, 10).Append(2, 0, 10).Final([1]).Breaks(Rule.Lost, 2);

    [Fact]
    public void Lost_OnlyOneOfTwoSendingsWasAcknowledged_IsNamed() => New
        .Append(1, 0, 10, AppendOutcome.Unknown).Append(1, 0, 20).Append(1, 0, 30, AppendOutcome.NotApplied).Breaks(Rule.Lost, 1);

    [Fact]
    public void Lost_ReadBeforeAndMissedAfter_IsOneViolation()
    {
        Violation violation = New.Append(1, 0, 10)
            .Read(ReadFreshness.Latest, 20, 30, [1]).Read(ReadFreshness.Latest, 40, 50, []).Read(ReadFreshness.OwnWrites, 40, 50, [])
            .Breaks(Rule.Lost, 1);

        Assert.Equal(
            "Lost: value 1 of list 1 is not in the final list, and 1 reads held it. client 1 on instance 0 in session 1, 0.000 to 10.000 ms: append of 1, "
            + "Acknowledged with 1", violation.ToString());
    }

    [Theory]
    [InlineData(nameof(AppendOutcome.Acknowledged))]
    [InlineData(nameof(AppendOutcome.Unknown))]
    public void Duplicated_TwiceInTheFinalList_IsNamedOnce(string outcome) => New
        .Append(1, 0, 10, Enum.Parse<AppendOutcome>(outcome)).Append(2, 0, 10)
        .Read(ReadFreshness.Any, 20, 30, [1, 2, 1]).Read(ReadFreshness.Any, 20, 30, [2, 1])
        .Final([1, 2, 1]).Breaks(Rule.Duplicated, 1);

    [Fact]
    public void Duplicated_TwiceInARead_IsNamedOnce() => New
        .Append(1, 0, 10).Append(2, 0, 10).Read(ReadFreshness.Any, 20, 30, [1, 2, 1]).Read(ReadFreshness.Any, 20, 30, [1, 1])
        .Final([1, 2]).Breaks(Rule.Duplicated, 1);

    [Fact]
    public void AnswerDiffers_TwoSendingsWithTwoAnswers_IsNamed()
    {
        Violation violation = New.Append(1, 0, 10, answer: 1).Append(1, 5, 15, answer: 7, client: 3, instance: 1, session: 4).Final([1])
            .Breaks(Rule.AnswerDiffers, 1);

        Assert.Equal(
            "is row 1, and its callers were told 1, 7. client 1 on instance 0 in session 1, 0.000 to 10.000 ms: append of 1, Acknowledged with 1; "
            + "client 3 on instance 1 in session 4, 5.000 to 15.000 ms: append of 1, Acknowledged with 7", violation.What);
    }

    [Fact]
    public void AnswerDiffers_AnswerIsNotTheRow_IsNamed() => New.Append(1, 0, 10, answer: 5).Final([1]).Breaks(Rule.AnswerDiffers, 1);

    [Fact]
    public void Denied_InTheFinalList_IsNamedOnce() => New
        .Append(1, 0, 10, AppendOutcome.NotApplied).Append(1, 20, 30, AppendOutcome.NotApplied).Read(ReadFreshness.Any, 40, 50, [1]).Final([1])
        .Breaks(Rule.Denied, 1);

    [Fact]
    public void Denied_InTheFinalListAndNeverRead_IsNamed() => New.Append(1, 0, 10, AppendOutcome.NotApplied).Final([1]).Breaks(Rule.Denied, 1);

    [Fact]
    public void Denied_OnlyRead_IsNamed() => New
        .Append(1, 0, 10, AppendOutcome.NotApplied).Read(ReadFreshness.Any, 5, 6, [1]).Read(ReadFreshness.Any, 7, 8, [1]).Breaks(Rule.Denied, 1);

    [Theory]
    [InlineData(nameof(AppendOutcome.Acknowledged))]
    [InlineData(nameof(AppendOutcome.Unknown))]
    public void Denied_ReadBeforeItWasSentAgain_IsNamed(string again) => New
        .Append(1, 0, 10, AppendOutcome.NotApplied).Read(ReadFreshness.Any, 12, 13, [1]).Append(1, 20, 30, Enum.Parse<AppendOutcome>(again)).Final([1])
        .Breaks(Rule.Denied, 1);

    [Fact]
    public void Invented_NobodyAppendedAFinalRow_IsNamed() => New.Append(1, 0, 10).Final([1, 99]).Breaks(Rule.Invented, 99);

    [Fact]
    public void Invented_NobodyAppendedWhatWasRead_IsNamedOnce() => New
        .Append(1, 0, 10).Read(ReadFreshness.Any, 20, 30, [1, 99]).Read(ReadFreshness.Any, 20, 30, [99]).Final([1]).Breaks(Rule.Invented, 99);

    [Fact]
    public void Invented_InTheFinalListOfAnother_IsNamed() => New
        .Append(1, 0, 10, AppendOutcome.Unknown).Final([1], key: 2).Breaks(Rule.Invented, 1, key: 2);

    [Fact]
    public void Invented_ReadInAnotherList_IsNamed() => New
        .Append(1, 0, 10).Read(ReadFreshness.Any, 20, 30, [1], key: 2).Final([1]).Breaks(Rule.Invented, 1, key: 2);

    [Fact]
    public void Invented_ReadBeforeItWasSent_IsNamed() => New
        .Append(1, 10, 20).Read(ReadFreshness.Any, 0, 9, [1]).Final([1]).Breaks(Rule.Invented, 1);

    [Fact]
    public void ReadAndGone_UnknownWasReadAndIsNotThere_IsNamedOnce() => New
        .Append(1, 0, 10, AppendOutcome.Unknown)
        .Read(ReadFreshness.Any, 5, 6, [1]).Read(ReadFreshness.Latest, 20, 30, [1]).Breaks(Rule.ReadAndGone, 1);

    [Theory]
    [MemberData(nameof(Fresh))]
    public void OwnWriteMissed_ByEachKindThatPromisesIt_IsNamed(int kind) => New
        .Append(1, 0, 10).Append(2, 0, 10)
        .Read(Of(kind), 11, 12, [1], client: 5, instance: 1).Final([1, 2]).Breaks(Rule.OwnWriteMissed, 2);

    [Fact]
    public void OwnWriteMissed_AcknowledgedJustBefore_IsNamedWithTheCalls()
    {
        Violation violation = New.Append(1, 0, 10).Read(ReadFreshness.OwnWrites, 10.0001, 12, [], client: 5).Final([1]).Breaks(Rule.OwnWriteMissed, 1);

        Assert.Equal(
            "OwnWriteMissed: value 1 of list 1 was missed, and 0 others, by client 5 on instance 1 in session 1, 10.000 to 12.000 ms: OwnWrites read of []. "
            + "client 1 on instance 0 in session 1, 0.000 to 10.000 ms: append of 1, Acknowledged with 1", violation.ToString());
    }

    [Fact]
    public void OwnWriteMissed_SentFromTwoSessions_IsOwnToEachFromItsOwnAnswerOn() => New
        .Append(1, 0, 10, session: 1).Append(1, 0, 30, session: 2)
        .Read(ReadFreshness.OwnWrites, 20, 21, [], session: 2)
        .Read(ReadFreshness.OwnWrites, 30, 31, [], session: 2)
        .Read(ReadFreshness.OwnWrites, 40, 41, [], session: 3)
        .Read(ReadFreshness.OwnWrites, 40, 41, [], session: 2)
        .Final([1]).Breaks(Rule.OwnWriteMissed, 1);

    [Fact]
    public void OwnWriteMissed_AndSomeoneElsesToo_AreTwoViolationsOfOneRead()
    {
        HistoryReport report = New.Append(1, 0, 10).Append(2, 0, 10, session: 2).Append(3, 0, 10, session: 2)
            .Read(ReadFreshness.Latest, 20, 30, []).Final([1, 2, 3]).Check();

        Assert.Equal([(Rule.OwnWriteMissed, 1), (Rule.NotLatest, 2)], report.Violations.Select(violation => (violation.Rule, violation.Value)));
        Assert.Equal(1, report.StaleReads);
    }

    [Fact]
    public void TooOld_AcknowledgedLongerAgoThanTheAge_IsNamed() => New
        .Append(1, 0, 10, session: 2)
        // To the tick: at 1,010 ms it need not be there yet, one tick later it must.
        .Read(Second, 1010, 1020, []).Read(Second, 1010.0001, 1020, []).Read(ReadFreshness.OwnWrites, 5000, 5001, []).Final([1]).Breaks(Rule.TooOld, 1);

    [Fact]
    public void NotLatest_AcknowledgedBeforeByAnyone_IsNamed() => New
        .Append(1, 0, 10, session: 2)
        .Read(ReadFreshness.Latest, 10, 20, []).Read(ReadFreshness.Latest, 10.0001, 20, []).Final([1]).Breaks(Rule.NotLatest, 1);

    [Fact]
    public void NotLatest_FirstAnswerOfTwoCounts() => New
        .Append(1, 0, 10, session: 2).Append(1, 0, 90, session: 3).Read(ReadFreshness.Latest, 20, 30, []).Final([1]).Breaks(Rule.NotLatest, 1);

    [Fact]
    public void OrderDiffers_ReadAndFinalList_IsNamedOnceARead() => New
        .Append(1, 0, 10).Append(2, 0, 10).Append(3, 0, 10).Read(ReadFreshness.Any, 20, 30, [1, 3, 2]).Read(ReadFreshness.Any, 20, 30, [1, 2, 3])
        .Final([1, 2, 3]).Breaks(Rule.OrderDiffers, 3);

    [Fact]
    public void OrderDiffers_ValuesThatAreApartInTheRead_IsNamed() => New
        .Append(1, 0, 10).Append(2, 0, 10).Append(3, 0, 10).Read(ReadFreshness.Any, 20, 30, [3, 1]).Final([1, 2, 3]).Breaks(Rule.OrderDiffers, 3);

    [Fact]
    public void OrderDiffers_EveryPairOfARead_IsNamedOnceARead() => New
        .Append(1, 0, 10).Append(2, 0, 10).Append(3, 0, 10).Read(ReadFreshness.Any, 20, 30, [3, 2, 1]).Final([1, 2, 3]).Breaks(Rule.OrderDiffers, 3);

    [Fact]
    public void OrderDiffers_TwoReadsOfWhatIsLost_IsNamedToo()
    {
        HistoryReport report = New.Append(1, 0, 10).Append(2, 0, 10)
            .Read(ReadFreshness.Any, 20, 30, [1, 2]).Read(ReadFreshness.Any, 40, 50, [2, 1]).Check();

        Assert.Equal([new(Rule.Lost, 2), new(Rule.OrderDiffers, 1)], report.Counts);
    }

    [Fact]
    public void Violations_Many_AreCountedAndTheFirstAreKept()
    {
        WrittenHistory history = New;
        for (int value = 0; value < 1000; value++)
            history.Append(value, value, value + 10, key: value / 20);
        HistoryReport report = history.Check(maximumViolations: 10);

        Assert.Equal(1000, report.Lost);
        Assert.Equal(
            Enumerable.Range(0, 10).Select(value => (Rule.Lost, value / 20, (long)value)),
            report.Violations.Select(found => (found.Rule, found.Key, found.Value)));
    }

    [Fact]
    public void NoHistory_ValueOfTwoOperations_IsRefused()
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => New.Append(1, 0, 10).Append(1, 0, 10, operation: 5).Check());

        Assert.Equal("Not a history that can be checked: value 1 is of more than one append.", refusal.Message);
        Assert.Throws<ArgumentException>(() => New.Append(1, 0, 10).Append(1, 0, 10, key: 2).Check());
    }

    [Fact]
    public void NoHistory_EndBeforeStart_IsRefused()
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => New.Append(1, 10, 9).Check());

        Assert.Equal(
            "Not a history that can be checked: a call ends before it starts: client 1 on instance 0 in session 1, 0.000 to -1.000 ms: append of 1, "
            + "Acknowledged with 1", refusal.Message);
        Assert.Throws<ArgumentException>(() => New.Read(ReadFreshness.Any, 10, 9, null).Check());
    }

    private static ReadFreshness Of(int kind) => kind switch
    {
        0 => ReadFreshness.OwnWrites,
        1 => Second,
        _ => ReadFreshness.Latest,
    };
}
