using FooBar.AppHost.Supervision;

namespace FooBar.AppHost.Databases;

/// <summary>
/// Has members follow the primary that lost it: one that was made anew, or was down during a switchover. Everything else the servers do by
/// themselves, and what would change the primary a person does.
/// </summary>
/// <param name="replicas">The members together, started.</param>
/// <param name="members">The members.</param>
/// <param name="children">Their processes, in the same order.</param>
internal sealed class ReplicaKeeper(MySqlReplicas replicas, IReadOnlyList<MySqlMember> members, IReadOnlyList<SupervisedChild> children)
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RoundAtLeisure = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long the same must be found before anything is done. A switchover passes through such states, and the members are not asked in the
    /// same moment; each of its steps has ten seconds.
    /// </summary>
    private static readonly TimeSpan CertainAfter = TimeSpan.FromSeconds(20);

    private ReplicaRepair _last = new(null, [], null);
    private long _lastSince = TimeProvider.System.GetTimestamp();

    /// <summary>Works until the token ends it, and never fails.</summary>
    /// <param name="tell">Told of every step, in a sentence.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Action<string> tell, CancellationToken cancellationToken)
    {
        // Each sentence once an incident: what is tried again and again is no news.
        HashSet<string> told = [];
        while (true)
        {
            // A question costs each member a handshake.
            await Task.Delay(_last is { Strays: [], Problem: null } ? RoundAtLeisure : Round, TimeProvider.System, cancellationToken);
            try
            {
                ReplicaReport?[] reports = await Task.WhenAll(Enumerable.Range(0, members.Count).Select(index => AskAsync(index, cancellationToken)));
                ReplicaRepair next = replicas.RepairOf(reports);
                if (next.Primary != _last.Primary || next.Problem != _last.Problem || !next.Strays.SequenceEqual(_last.Strays))
                {
                    (_last, _lastSince) = (next, TimeProvider.System.GetTimestamp());
                    told.Clear();
                }

                if (TimeProvider.System.GetElapsedTime(_lastSince) >= CertainAfter)
                {
                    await RepairAsync(next, sentence => Once(told, sentence, tell), cancellationToken);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                // Whatever it was: the next round may fare better, and nobody else repairs them.
                Once(told, $"the replicas could not be repaired yet: {exception.Message}", tell);
            }
        }
    }

    private async Task RepairAsync(ReplicaRepair next, Action<string> tell, CancellationToken cancellationToken)
    {
        if (next.Problem is { } problem)
        {
            tell(problem);
        }

        foreach (int stray in next.Strays)
        {
            MySqlMember member = members[stray], primary = members[next.Primary!.Value];
            try
            {
                await replicas.FollowAsync(member, primary, cancellationToken);
                tell($"{member.Name} follows {primary.Name} again");
            }
            catch (FoobarException exception)
            {
                // It does not keep the next one from it.
                tell(exception.Message.TrimEnd('.'));
            }
        }
    }

    private async Task<ReplicaReport?> AskAsync(int index, CancellationToken cancellationToken)
    {
        if (!children[index].IsAlive)
        {
            return null;
        }

        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AnswerDeadline);
        try
        {
            return await MySqlReplicas.AskAsync(members[index], deadline.Token);
        }
        catch (Exception exception) when (exception is FoobarException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static void Once(HashSet<string> told, string sentence, Action<string> tell)
    {
        if (told.Add(sentence))
        {
            tell(sentence);
        }
    }
}
