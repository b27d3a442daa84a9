namespace FooBar.Data.Tests;

public sealed class GtidSetTests
{
    private const string A = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";
    private const string B = "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb";

    // The right-hand sides are what MySQL 9.7 answers to GTID_SUBTRACT(text, ''), less its line breaks.
    [Theory]
    [InlineData("", "")]
    [InlineData(" \n", "")]
    [InlineData($"{A}:7", $"{A}:7")]
    [InlineData($"{A}:007", $"{A}:7")]
    [InlineData($"{A}:1-3:4", $"{A}:1-4")]
    [InlineData($"{A}:5-9:1-3", $"{A}:1-3:5-9")]
    [InlineData($"{A}:1-10:2-3:9-12", $"{A}:1-12")]
    [InlineData("AAAAAAAA-AAAA-AAAA-AAAA-AAAAAAAAAAAA:1", $"{A}:1")]
    [InlineData($"{B}:1,\n{A}:2", $"{A}:2,{B}:1")]
    [InlineData($"{A}:1,{A}:2,{A}:4", $"{A}:1-2:4")]
    [InlineData($"{A}:tag:1-3", $"{A}:tag:1-3")]
    [InlineData($"{A}:3-4:Zeta:1-3:alpha:5:6:8, {A}:1", $"{A}:1:3-4:alpha:5-6:8:zeta:1-3")]
    [InlineData($"{A} : 3 - 4 : tag : 5", $"{A}:3-4:tag:5")]
    [InlineData($"{A}:9223372036854775806", $"{A}:9223372036854775806")]
    public void Parse_SetAsTheServerReadsIt_HasTheServersCanonicalText(string text, string canonical)
    {
        Assert.Equal(canonical, Data.GtidSet.Parse(text).ToString());
    }

    [Theory]
    [InlineData("x", 0)]
    [InlineData("garbage; DROP TABLE post", 0)]
    [InlineData(A, 36)]
    [InlineData($"{A}:", 37)]
    [InlineData($"{A}:0", 37)]
    [InlineData($"{A}:-1", 37)]
    [InlineData($"{A}:+1", 37)]
    [InlineData($"{A}:5-3", 40)]
    [InlineData($"{A}:1-", 39)]
    [InlineData($"{A}:1::2", 39)]
    [InlineData($"{A}:1,", 39)]
    [InlineData($"{A}:1,,{A}:2", 39)]
    [InlineData($"{A}:tag", 40)]
    [InlineData($"{A}:tag:tug:1", 44)]
    [InlineData($"{A}:1tag:1", 38)]
    [InlineData($"{A}:9223372036854775807", 37)]
    [InlineData($"{A}:99999999999999999999", 37)]
    [InlineData($"{A}:1 {B}:1", 39)]
    [InlineData("{aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa}:1", 0)]
    [InlineData($"{A}:a23456789012345678901234567890123:1", 37)]
    public void Parse_AnythingElse_NamesThePlace(string text, int position)
    {
        FormatException failure = Assert.Throws<FormatException>(() => Data.GtidSet.Parse(text));

        Assert.Equal($"Not a GTID set: unexpected text at position {position} of {text.Length}.", failure.Message);
        Assert.False(Data.GtidSet.TryParse(text, out Data.GtidSet? set));
        Assert.Null(set);
    }

    [Fact]
    public void TryParse_Null_IsFalse()
    {
        Assert.False(Data.GtidSet.TryParse(null, out _));
    }

    [Theory]
    [InlineData($"{A}:1-10", $"{A}:3-7", true)]
    [InlineData($"{A}:1-10", $"{A}:1-10", true)]
    [InlineData($"{A}:1-10", $"{A}:11", false)]
    [InlineData($"{A}:1-10:20-30", $"{A}:9-21", false)]
    [InlineData($"{A}:1-10:20-30", $"{A}:2:10:20:30", true)]
    [InlineData($"{A}:1-10:20-30", $"{A}:2:15", false)]
    [InlineData($"{A}:1-10", $"{B}:1", false)]
    [InlineData($"{B}:1-10", $"{A}:1", false)]
    [InlineData($"{A}:1-10", $"{A}:tag:1", false)]
    [InlineData($"{A}:tag:1-10", $"{A}:1", false)]
    [InlineData($"{A}:1-3:tag:1-10,{B}:4", $"{A}:tag:2,{B}:4", true)]
    [InlineData($"{A}:1-10", "", true)]
    [InlineData("", "", true)]
    [InlineData("", $"{A}:1", false)]
    public void Contains_Table(string outer, string inner, bool contained)
    {
        Assert.Equal(contained, Data.GtidSet.Parse(outer).Contains(Data.GtidSet.Parse(inner)));
    }

    [Theory]
    [InlineData($"{A}:2:5", $"{A}:1-9", $"{A}:2-5")]
    [InlineData($"{A}:2:5:9", $"{A}:1-6", $"{A}:2-6:9")]
    [InlineData($"{A}:2:5", $"{A}:1-3", $"{A}:2-3:5")]
    [InlineData($"{A}:2:5", $"{B}:1-9", $"{A}:2:5")]
    [InlineData($"{A}:2:5:tag:1:3", $"{A}:1-9", $"{A}:2-5:tag:1:3")]
    [InlineData("", $"{A}:1-9", "")]
    public void FillGapsFrom_Table(string set, string history, string filled)
    {
        Assert.Equal(filled, Data.GtidSet.Parse(set).FillGapsFrom(Data.GtidSet.Parse(history)).ToString());
    }

    [Theory]
    [InlineData($"{A}:1", $"{A}:tag:9,{B}:1", true)]
    [InlineData($"{A}:1", $"{B}:1", false)]
    [InlineData("", $"{B}:1", false)]
    public void SharesSourceWith_Table(string one, string other, bool shared)
    {
        Assert.Equal(shared, Data.GtidSet.Parse(one).SharesSourceWith(Data.GtidSet.Parse(other)));
        Assert.Equal(shared, Data.GtidSet.Parse(other).SharesSourceWith(Data.GtidSet.Parse(one)));
    }

    [Fact]
    public void Operations_OnRandomSets_AgreeWithAModelOfSingleTransactions()
    {
        Random random = new(20260101);
        int contained = 0;
        for (int round = 0; round < 5_000; round++)
        {
            HashSet<(string, int)> modelA = RandomModel(random);
            // Half of the time a subset, or Contains would hardly ever be true.
            HashSet<(string, int)> modelB = random.Next(2) == 0 ? RandomModel(random) : [.. modelA.Where(_ => random.Next(2) == 0)];
            Data.GtidSet a = Data.GtidSet.Parse(TextOf(modelA, random));
            Data.GtidSet b = Data.GtidSet.Parse(TextOf(modelB, random));

            Assert.Equal(modelB.IsSubsetOf(modelA), a.Contains(b));
            contained += a.Contains(b) ? 1 : 0;
            Data.GtidSet union = a.Union(b);
            Assert.Equal(modelA.Union(modelB).ToHashSet(), ModelOf(union));
            Assert.Equal(union, b.Union(a));
            Assert.Equal(union.GetHashCode(), b.Union(a).GetHashCode());
            Assert.Equal(union.ToString(), b.Union(a).ToString());
            Assert.Equal(modelA.SetEquals(modelB), a.Equals(b));
            Assert.Equal(a, Data.GtidSet.Parse(a.ToString()));
            Assert.Equal(a.IsEmpty, modelA.Count == 0);

            Data.GtidSet filled = a.FillGapsFrom(b);
            Assert.True(filled.Contains(a));
            Assert.True(union.Contains(filled));
        }

        Assert.InRange(contained, 1_000, 4_000);
    }

    [Fact]
    public void WithoutOwners_OwnedTransactions_IsTheirSet()
    {
        string owned = $"{A}:23#12:24#13#14:audit:5#9,\n{B}:1#0";

        Assert.Equal($"{A}:23-24:audit:5,{B}:1", Data.GtidSet.Parse(GtidOwnership.WithoutOwners(owned)).ToString());
        Assert.Equal("", GtidOwnership.WithoutOwners(""));
    }

    private static HashSet<(string Source, int Number)> RandomModel(Random random)
    {
        string[] sources = [A, B, $"{A}:tag", $"{B}:tag", $"{A}:_t2"];
        int count = random.Next(13);
        return [.. Enumerable.Range(0, count).Select(_ => (sources[random.Next(sources.Length)], random.Next(1, 15)))];
    }

    /// <summary>The set as text in no order, in runs where there are any.</summary>
    private static string TextOf(HashSet<(string Source, int Number)> model, Random random)
    {
        IEnumerable<string> entries = model.Select(item =>
        {
            int last = item.Number;
            while (random.Next(3) > 0 && model.Contains((item.Source, last + 1)))
                last++;
            return last > item.Number ? $"{item.Source}:{item.Number}-{last}" : $"{item.Source}:{item.Number}";
        });
        return string.Join(',', entries.OrderBy(_ => random.Next()));
    }

    private static HashSet<(string, int)> ModelOf(Data.GtidSet set)
    {
        HashSet<(string, int)> model = [];
        foreach (GtidSource source in set.Sources)
        {
            string name = source.Tag.Length == 0 ? source.Uuid.ToString() : $"{source.Uuid}:{source.Tag}";
            foreach (GtidInterval interval in source.Intervals)
            {
                for (long number = interval.First; number <= interval.Last; number++)
                    model.Add((name, (int)number));
            }
        }

        return model;
    }
}
