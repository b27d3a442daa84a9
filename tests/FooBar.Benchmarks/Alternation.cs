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
    public string Left(int rounds)
    {
        TimeSpan left = TimeSpan.FromSeconds(rounds * plan.SecondsPerRound);
        return left.TotalSeconds < 100 ? $"{left.TotalSeconds:0} s" : $"{left.TotalMinutes:0} min";
    }

    /// <summary>The rounds of each contestant by its name; one that failed is missing.</summary>
    /// <param name="workload">What they do.</param>
    /// <param name="workers">Who does it, ours first.</param>
    /// <param name="begin">Called before each measured round; what it returns makes the round's result of what the worker measured.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BenchmarkException">Ours failed, or a contestant's process died.</exception>
    public async Task<IReadOnlyDictionary<string, List<T>>> MeasureAsync<T>(
        string workload, IReadOnlyList<WorkerProcess> workers, Func<CancellationToken, Task<Func<Measurement, T>>> begin, CancellationToken cancellationToken)
    {
        Dictionary<WorkerProcess, List<T>> rounds = [];
        foreach (WorkerProcess worker in workers)
        {
            string? problem = await worker.BeginAsync(workload, cancellationToken) ?? (await worker.RunAsync(plan.SecondsPerRound, cancellationToken)).Error;
            if (problem is null) rounds.Add(worker, []);
            else await SkipAsync(worker, workload, problem);
        }

        for (int round = 0; round < plan.Rounds; round++)
        {
            WorkerProcess[] running = [.. rounds.Keys];
            for (int turn = 0; turn < running.Length; turn++)
            {
                WorkerProcess worker = running[(round + turn) % running.Length];
                if (!Console.IsErrorRedirected) await progress.WriteAsync($"\r  round {round + 1}/{plan.Rounds}: {worker.Name}{ToEndOfLine}");
                Func<Measurement, T> end = await begin(cancellationToken);
                WorkerAnswer answer = await worker.RunAsync(plan.SecondsPerRound, cancellationToken);
                if (answer.Measurement is { } measurement)
                {
                    rounds[worker].Add(end(measurement));
                    continue;
                }

                rounds.Remove(worker);
                await SkipAsync(worker, workload, answer.Error!);
            }
        }

        if (!Console.IsErrorRedirected) await progress.WriteAsync("\r" + ToEndOfLine);
        foreach (WorkerProcess worker in workers) await worker.EndAsync(cancellationToken);
        return rounds.ToDictionary(worker => worker.Key.Name, worker => worker.Value);
    }

    private async Task SkipAsync(WorkerProcess worker, string workload, string problem)
    {
        if (worker.Name == ours) throw new BenchmarkException($"{worker.Name} failed at {workload}: {problem}");

        await output.WriteLineAsync($"{worker.Name} is not in {workload}: {problem}");
    }
}
