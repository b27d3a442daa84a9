namespace FooBar.Load;

/// <summary>What is to arrive, how often and for how long.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Rate">Arrivals a second, more than 0. Arrival k is due k/<paramref name="Rate"/> seconds after the start, whatever became of those before it.</param>
/// <param name="Duration">For how long there are arrivals, more than 0.</param>
/// <param name="Operation">
/// What an arrival does: gets its number from 0 and a token that is cancelled at its deadline. Null or <c>ok</c> means that it succeeded;
/// anything else is a short reason of which there are few different ones. An exception is a failure with its type and innermost message.
/// </param>
/// <param name="Deadline">For one operation, counted from the instant at which it was due; later it counts as <see cref="LoadOutcome.Deadline"/>, whatever it returns.</param>
public sealed record LoadPlan(string Name, double Rate, TimeSpan Duration, Func<int, CancellationToken, Task<string?>> Operation, TimeSpan Deadline)
{
    /// <summary>Arrivals in all: the whole part of rate times duration, computed in decimals, where 0.29 times 100 is 29.</summary>
    public int Planned => checked((int)decimal.Floor((decimal)Rate * Duration.Ticks / TimeSpan.TicksPerSecond));

    /// <summary>When arrival <paramref name="index"/> is due, counted from the start.</summary>
    public TimeSpan DueAt(int index) => TimeSpan.FromTicks((long)decimal.Round(index / (decimal)Rate * TimeSpan.TicksPerSecond));

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    internal void Check()
    {
        Require(Rate is > 0 and <= 1_000_000, nameof(Rate), $"{Rate} arrivals a second: give more than 0 and at most 1,000,000");
        Require(Duration > TimeSpan.Zero, nameof(Duration), $"{Duration}: give more than 0");
        Require(Deadline > TimeSpan.Zero, nameof(Deadline), $"{Deadline}: give more than 0");
        Require(Planned > 0, nameof(Duration), $"{Duration} at {Rate}/s: not one arrival fits");
    }

    private void Require(bool holds, string part, string problem)
    {
        if (!holds)
        {
            throw new ArgumentException($"Load plan '{Name}', {part} {problem}.");
        }
    }
}
