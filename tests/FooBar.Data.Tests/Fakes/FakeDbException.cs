using System.Data.Common;

namespace FooBar.Data.Tests.Fakes;

/// <summary>A driver's failure with the server's number (0: none) and the phase that the fake adapter reports for it.</summary>
internal sealed class FakeDbException : DbException
{
    public FakeDbException(int number, FailurePhase phase, string message, Exception? inner = null)
        : base(message, inner)
    {
        Phase = phase;
        if (number != 0)
            Data["Server Error Code"] = number;
    }

    public FailurePhase Phase { get; }

    /// <summary>All that a driver without numbers tells.</summary>
    public string? State { get; init; }

    public override string? SqlState => State;
}
