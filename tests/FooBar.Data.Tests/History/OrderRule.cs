namespace FooBar.Data.Tests.History;

/// <summary>
/// Two reads of one list, and the final list, agree on the order of what they have in common. Reads that are parts of the final list in
/// its order agree with each other as well, so only the other lists come here, where each pair of values is compared.
/// </summary>
internal static class OrderRule
{
    /// <summary>Checks one list; of each read that contradicts an earlier one it names one pair.</summary>
    public static void Check(ListHistory list, IReadOnlyDictionary<long, AppendedValue> values, Violations violations)
    {
        // Who had the first of the pair before the second; null is the final list.
        Dictionary<(long First, long Second), ReadCall?> orders = [];
        Compare(list.Final.Select(row => row.Value), null);
        foreach (ReadCall read in list.Reads.OrderBy(read => read.StartedAt))
            Compare(read.Values!, read);

        void Compare(IEnumerable<long> all, ReadCall? read)
        {
            // What is there twice has no place of its own, and is named as that.
            long[] held = [.. all.Distinct().Where(value => !values.TryGetValue(value, out AppendedValue? known)
                || (known.Rows <= 1 && known.ReadTwice is null))];
            bool isNamed = false;
            for (int i = 0; i < held.Length; i++)
            {
                for (int j = i + 1; j < held.Length; j++)
                {
                    if (!orders.TryGetValue((held[j], held[i]), out ReadCall? other))
                    {
                        orders.TryAdd((held[i], held[j]), read);
                    }
                    else if (!isNamed)
                    {
                        isNamed = true;
                        violations.Add(Rule.OrderDiffers, list.Key, held[i], () => $"comes before {held[j]} in one list and after it in another: "
                            + $"{Describe(read)}; {Describe(other)}");
                    }
                }
            }
        }

        string Describe(ReadCall? read) => read is null
            ? $"the final list [{string.Join(", ", list.Final.Select(row => row.Value))}]"
            : violations.Describe(read);
    }
}
