using FooBar.AppHost.Processes;
using FooBar.AppHost.Supervision;

namespace FooBar.AppHost.Databases;

/// <summary>
/// Keeps a group whole while it runs: asks its members how they are, and takes the step that <see cref="GroupRepair"/> finds. Brings back
/// members that were lost, restarts those that have lost their group, and has it formed anew when all have.
/// </summary>
/// <param name="group">The group, started.</param>
/// <param name="members">Its members.</param>
/// <param name="children">Their processes, in the same order.</param>
internal sealed class GroupKeeper(MySqlGroup group, IReadOnlyList<MySqlMember> members, IReadOnlyList<SupervisedChild> children)
{
    /// <summary>How long a member may take to say how it is.</summary>
    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(3);

    private const int HastyRounds = 40;
    private static readonly TimeSpan RoundInHaste = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RoundAtLeisure = TimeSpan.FromSeconds(3);

    /// <summary>A member that is dead is expelled after five seconds; one that does not answer for longer than this is not dead.</summary>
    private static readonly TimeSpan NoticeDeadline = TimeSpan.FromSeconds(15);

    /// <summary>The members are not asked in the same moment, and some may be leaving in order: what is found once is not yet so.</summary>
    private static readonly TimeSpan CertainAfter = TimeSpan.FromMilliseconds(400);

    private readonly ToldMembers _toldMembers = new(children);
    private GroupMemory _memory = GroupMemory.OfNothing(members.Count);
    private GroupRepair _last = new(RepairKind.None, [], string.Empty);
    private long _lastSince;

    /// <summary>Works until the token ends it, and never fails.</summary>
    /// <param name="tell">Told of every step, in a sentence.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Action<string> tell, CancellationToken cancellationToken)
    {
        // Each sentence once an incident: what is tried again and again is no news.
        HashSet<string> told = [];
        void TellOnce(string sentence)
        {
            if (told.Add(sentence))
            {
                tell(sentence);
            }
        }

        bool whole = true;
        int roundsOfTheSame = 0;
        while (true)
        {
            // A question costs a handshake: a member that is held down for an hour is not asked for twice a second.
            bool somebodyEnded = await EndsWithinAsync(whole || roundsOfTheSame > HastyRounds ? RoundAtLeisure : RoundInHaste, cancellationToken);
            if (somebodyEnded || whole)
            {
                told.Clear();
            }

            whole &= !somebodyEnded;
            int before = told.Count;
            try
            {
                whole = await RepairAsync(whole, TellOnce, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                // Whatever it was: the next round may fare better, and nobody else repairs the group.
                whole = false;
                TellOnce($"the database group could not be repaired yet: {exception.Message}");
            }

            roundsOfTheSame = told.Count == before ? roundsOfTheSame + 1 : 0;
        }
    }

    /// <summary>A pause that the end of a member's process cuts short. Returns whether it did.</summary>
    private async Task<bool> EndsWithinAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task passed = Task.Delay(pause, TimeProvider.System, over.Token);
        Task first = await Task.WhenAny([passed, .. children.Where(child => child.IsAlive).Select(child => child.Process!.WaitForExitAsync(over.Token))]);
        await over.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return first != passed;
    }

    /// <summary>
    /// Lets members join, one after the other: of two at once, one in twenty waited out the minute that Group Replication gives a view. One
    /// that cannot join does not keep the next from it; the first failure is thrown when all had their turn.
    /// </summary>
    private async Task JoinAsync(IReadOnlyList<int> joining, int witness, List<ChildProcess> inGroup, Action<string> tell, CancellationToken cancellationToken)
    {
        FoobarException? failed = null;
        foreach (int index in joining)
        {
            using CancellationTokenSource cut = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task[] ends = [.. inGroup.Select(process => EndByFailureAsync(process, cut.Token))];
            ChildProcess joiner = children[index].Process!;
            Task working = group.JoinAsync(members[index], members[witness], () => _memory = _memory.Admit(index), cut.Token);
            await Task.WhenAny([working, .. ends]);
            await cut.CancelAsync();
            try
            {
                await working;
                inGroup.Add(joiner);
            }
            catch (FoobarException exception)
            {
                failed ??= exception;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The group may have lost its majority by that, and would keep whoever joins waiting for a minute in which nobody repairs it.
                tell($"a member of the database group ended while {members[index].Name} joined, which begins anew");
                return;
            }
            finally
            {
                _toldMembers.Note(index);
            }
        }

        if (failed is not null)
        {
            throw failed;
        }
    }

    /// <summary>Ends when the process does, unless in order: whoever was asked to end has left its group first, which is the smaller for it.</summary>
    private static async Task EndByFailureAsync(ChildProcess process, CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode == 0)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>One round: asks the members and takes the next step. Returns whether nothing is left to do.</summary>
    private async Task<bool> RepairAsync(bool wasWhole, Action<string> tell, CancellationToken cancellationToken)
    {
        MemberReport?[] reports = new MemberReport?[members.Count];
        if (wasWhole && await AskAsync(0, cancellationToken) is { IsInQuorum: true } one && one.View.Count == members.Count && one.View.All(member => member.State == "ONLINE"))
        {
            // As long as nobody has left, one witness is enough.
            return true;
        }

        ChildProcess[] asked = [.. children.Select(child => child.Process!)];
        await Task.WhenAll(Enumerable.Range(0, members.Count).Select(async index => reports[index] = await AskAsync(index, cancellationToken)));
        foreach (int index in Enumerable.Range(0, members.Count).Where(index => reports[index]?.IsOut == false))
        {
            _toldMembers.NoteInGroup(index, asked[index]);
        }

        int[] ports = [.. members.Select(member => member.Port)];
        _memory = _memory.After(ports, reports);
        bool patient = _last.Kind != RepairKind.Notice || TimeProvider.System.GetElapsedTime(_lastSince) < NoticeDeadline;
        GroupRepair next = GroupRepair.Next([.. members.Select(member => member.Name)], ports, reports, _memory, _toldMembers.Ended(asked), patient);
        if (next.Kind != _last.Kind || !next.Members.SequenceEqual(_last.Members))
        {
            _lastSince = TimeProvider.System.GetTimestamp();
        }

        _last = next;
        switch (next.Kind)
        {
            case RepairKind.None:
                if (!wasWhole)
                {
                    tell("the database group is whole again");
                }

                return true;
            case RepairKind.Join:
                tell($"joining the database group: {Names(next.Members)}");
                int witness = Array.FindIndex(reports, report => report?.IsInQuorum == true);
                List<ChildProcess> inGroup = [.. Enumerable.Range(0, members.Count).Where(index => reports[witness]!.View.Any(seen => seen.Port == ports[index])).Select(index => asked[index])];
                await JoinAsync(next.Members, witness, inGroup, tell, cancellationToken);
                return false;
            case RepairKind.Restart:
                if (TimeProvider.System.GetElapsedTime(_lastSince) >= CertainAfter)
                {
                    tell($"restarting {Names(next.Members)}, to bring the members into one group again");
                    foreach (int index in next.Members)
                    {
                        asked[index].Kill();
                    }
                }

                return false;
            case RepairKind.Form:
                tell("no member is in the database group: the one with the newest data forms it");

                // One that has lost its group takes half a minute to let go of it: among equals, rather one that begins afresh.
                IOrderedEnumerable<int> candidates = next.Members.OrderBy(index => reports[index]!.State != "OFFLINE");
                MySqlMember first;
                try
                {
                    first = await group.FormAsync([.. candidates.Select(index => members[index])], _ => { }, cancellationToken);
                }
                finally
                {
                    foreach (int index in next.Members)
                    {
                        _toldMembers.Note(index);
                    }
                }

                _memory = _memory.FormedBy(first.Number - 1);
                tell($"{first.Name} formed the database group");
                return false;
            default:
                tell($"the database group waits for {next.Why}");
                return false;
        }
    }

    private async Task<MemberReport?> AskAsync(int index, CancellationToken cancellationToken)
    {
        if (!children[index].IsAlive)
        {
            return null;
        }

        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AnswerDeadline);
        try
        {
            return MemberReport.Read(await members[index].Client.QueryAsync(MemberReport.Query, deadline.Token));
        }
        catch (Exception exception) when (exception is FoobarException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private string Names(IEnumerable<int> indices) => string.Join(" and ", indices.Select(index => members[index].Name));
}
