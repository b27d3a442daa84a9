using FooBar.GroupKeeper.Decisions;
using FooBar.GroupKeeper.Looks;

namespace FooBar.GroupKeeper.Orders;

/// <summary>Takes an operator's <see cref="FormOrder"/>, refuses it when it must not be obeyed, and forgets it when it is over. Not thread-safe.</summary>
internal sealed class OrderDesk(string folder, Membership group, TimeProvider time, ILogger logger)
{
    private FormOrder? _order;
    private long _takenAt;
    private string? _unreadable;

    /// <summary>Without whom the group may be formed after this look at the members.</summary>
    public IReadOnlySet<int> After(IReadOnlyList<MemberLook?> looks, Circumstances seen)
    {
        string? refusal = Refusal(looks, seen);
        if (Take() is { } names)
        {
            (FormOrder? order, string? mistake) = FormOrder.Read(names, group);
            refusal = mistake ?? refusal ?? Answering(order!, looks);
            if (refusal is not null)
            {
                KeeperLog.OrderRefused(logger, refusal);
            }
            else
            {
                (_order, _takenAt) = (order, time.GetTimestamp());
                KeeperLog.OrderTaken(logger, group.Name(order!.Without), FormOrder.Lifetime.TotalMinutes);
            }
        }
        else if (_order is not null)
        {
            string? over = refusal ?? Answering(_order, looks) ?? (time.GetElapsedTime(_takenAt) >= FormOrder.Lifetime ? "it was not carried out in time" : null);
            if (over is not null)
            {
                KeeperLog.OrderOver(logger, group.Name(_order.Without), over);
                _order = null;
            }
        }

        return _order?.Without ?? Circumstances.Nobody;
    }

    /// <summary>The order that was left; one that cannot be read is told once and counts as none, because everything else must go on.</summary>
    private string? Take()
    {
        try
        {
            string? names = FormOrder.Take(folder);
            _unreadable = null;
            return names;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (_unreadable != exception.Message)
            {
                _unreadable = exception.Message;
                KeeperLog.OrderRefused(logger, exception.Message);
            }

            return null;
        }
    }

    private string? Refusal(IReadOnlyList<MemberLook?> looks, Circumstances seen)
    {
        int[] quorate = [.. group.All.Where(index => looks[index]?.IsInQuorum == true && !seen.Lost.Contains(index))];
        return quorate.Length > 0 ? $"there is a group: {group.Name(quorate)}" : null;
    }

    private string? Answering(FormOrder order, IReadOnlyList<MemberLook?> looks)
    {
        int[] answering = [.. order.Without.Where(index => looks[index] is not null)];
        return answering.Length > 0 ? $"{group.Name(answering)} answers, and nothing is formed without a member that does" : null;
    }
}
