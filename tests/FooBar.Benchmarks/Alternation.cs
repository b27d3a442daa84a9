using FooBar.AppHost.Benchmarks;

namespace FooBar.Benchmarks;

/// <summary>
/// Measures the contestants of a workload: in a round each works alone and as long as the others, and who begins changes with the round, so
/// that what the machine does meanwhile hits all alike.
/// </summary>
/// <param name="plan">The rounds.</param>
/// <param name="ours">The contestant without which there is nothing to compare.</param>
/// <param name="output">Told who is left out and why.</param>
/// <param name="progress">Told who works.</param>
internal sealed class Alternation(BenchmarkPlan plan, string ours, TextWriter output, TextWriter progress)
{
    /// <summary>Clears what a longer line left behind on a terminal.</summary>
    private const string ToEndOfLine = "\u001b[K";

    /// <summary>How long the workloads from the given one on will take, in words.</summary>
    /// <param name="rounds">The rounds of each contestant in each, the one to warm up among them.</param>
    public string Left(int rounds) => InWords(TimeSpan.FromSeconds(rounds * plan.SecondsPerRound));

    /// <summary>A time as it is said to who waits for it.</summary>
    public static string InWords(TimeSpan left) =>
        left.TotalSeconds < 100 ? $"{left.TotalSeconds:0} s" : $"{left.TotalMinutes:0} min";

    /// <summary>The rounds of each contestant by its name; one that failed is missing.</summary>
    /// <param name="workload">What they do.</param>
    /// <param name="contestants">Who does it, ours first.</param>
    /// <param name="begin">Called before each measured round; what it returns makes the round's result of what was measured.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BenchmarkException">Ours failed, or a contestant's process died.</exception>
    public async Task<IReadOnlyDictionary<string, List<TRound>>> MeasureAsync<TMeasured, TRound>(
        string workload, IReadOnlyList<IContestant<TMeasured>> contestants, Func<CancellationToken, Task<Func<TMeasured, TRound>>> begin, CancellationToken cancellationToken)
        where TMeasured : class
    {
        Dictionary<IContestant<TMeasured>, List<TRound>> rounds = [];
        foreach (IContestant<TMeasured> contestant in contestants)
        {
            string? problem = await contestant.BeginAsync(workload, cancellationToken) ?? (await contestant.RunAsync(plan.SecondsPerRound, cancellationToken)).Error;
            if (problem is null) rounds.Add(contestant, []);
            else await SkipAsync(contestant.Name, workload, problem);
        }

        for (int round = 0; round < plan.Rounds; round++)
        {
            IContestant<TMeasured>[] running = [.. rounds.Keys];
            for (int turn = 0; turn < running.Length; turn++)
            {
                IContestant<TMeasured> contestant = running[(round + turn) % running.Length];
                if (!Console.IsErrorRedirected) await progress.WriteAsync($"\r  round {round + 1}/{plan.Rounds}: {contestant.Name}{ToEndOfLine}");
                Func<TMeasured, TRound> end = await begin(cancellationToken);
                RoundAnswer<TMeasured> answer = await contestant.RunAsync(plan.SecondsPerRound, cancellationToken);
                if (answer.Measured is { } measured)
                {
                    rounds[contestant].Add(end(measured));
                    continue;
                }

                rounds.Remove(contestant);
                await SkipAsync(contestant.Name, workload, answer.Error!);
            }
        }

        if (!Console.IsErrorRedirected) await progress.WriteAsync("\r" + ToEndOfLine);
        foreach (IContestant<TMeasured> contestant in contestants) await contestant.EndAsync(cancellationToken);
        return rounds.ToDictionary(contestant => contestant.Key.Name, contestant => contestant.Value);
    }

    private async Task SkipAsync(string contestant, string workload, string problem)
    {
        if (contestant == ours) throw new BenchmarkException($"{contestant} failed at {workload}: {problem}");

        await output.WriteLineAsync($"{contestant} is not in {workload}: {problem}");
    }
}
