using System.Data;
using System.Net.Sockets;
using FooBar.Data.Tests.Fakes;

namespace FooBar.Data.Tests;

public sealed class ServerErrorTests
{
    private const string SuperReadOnly = "The MySQL server is running with the --super-read-only option so it cannot execute this statement";
    private const string SecureFile = "The MySQL server is running with the --secure-file-priv option so it cannot execute this statement";

    /// <summary>The numbers as FailureKind and, at COMMIT, as FailureKind or "unknown".</summary>
    [Theory]
    [InlineData(1290, SuperReadOnly, nameof(FailureKind.ReadOnlyNode), nameof(FailureKind.ReadOnlyNode))]
    [InlineData(1290, SecureFile, nameof(FailureKind.Caller), "unknown")]
    [InlineData(1836, "", nameof(FailureKind.ReadOnlyNode), nameof(FailureKind.ReadOnlyNode))]
    [InlineData(1792, "", nameof(FailureKind.WriteInRead), "unknown")]
    [InlineData(1213, "", nameof(FailureKind.Conflict), nameof(FailureKind.Conflict))]
    [InlineData(1205, "", nameof(FailureKind.Conflict), nameof(FailureKind.Conflict))]
    [InlineData(3100, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(3101, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(3798, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(3796, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(3797, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(3799, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(4094, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(3781, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(3782, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(3783, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(1180, "", nameof(FailureKind.Caller), "unknown")]
    [InlineData(1053, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(2006, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(2013, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(1040, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(1203, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(3032, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(4031, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(3169, "", nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(1064, "", nameof(FailureKind.Caller), "unknown")]
    [InlineData(1062, "", nameof(FailureKind.Caller), "unknown")]
    [InlineData(1317, "", nameof(FailureKind.Conflict), "unknown")]
    public void Classify_AnsweredNumber_Table(int number, string message, string beforeCommit, string atCommit)
    {
        FakeDbException failure = new(number, FailurePhase.Answered, message);

        Assert.Equal(beforeCommit, ServerError.Classify(failure, FailurePhase.Answered, ConnectionState.Open).ToString());
        Assert.Equal(atCommit, ServerError.ProvenRollback(failure, FailurePhase.Answered)?.ToString() ?? "unknown");
    }

    [Theory]
    [InlineData(FailurePhase.NotSent, ConnectionState.Open, nameof(FailureKind.Caller), nameof(FailureKind.NodeLost))]
    [InlineData(FailurePhase.NotSent, ConnectionState.Closed, nameof(FailureKind.NodeLost), nameof(FailureKind.NodeLost))]
    [InlineData(FailurePhase.SentUnanswered, ConnectionState.Open, nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(FailurePhase.Unknown, ConnectionState.Closed, nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(FailurePhase.Unknown, ConnectionState.Broken, nameof(FailureKind.NodeLost), "unknown")]
    [InlineData(FailurePhase.Unknown, ConnectionState.Open, nameof(FailureKind.Caller), "unknown")]
    public void Classify_NoNumber_GoesByPhaseThenByState(FailurePhase phase, ConnectionState state, string beforeCommit, string atCommit)
    {
        FakeDbException failure = new(0, phase, "lost");

        Assert.Equal(beforeCommit, ServerError.Classify(failure, phase, state).ToString());
        Assert.Equal(atCommit, ServerError.ProvenRollback(failure, phase)?.ToString() ?? "unknown");
    }

    [Theory]
    [MemberData(nameof(OtherExceptions))]
    public void Classify_NotFromTheDriver_IsTheNodesOnlyWithALostConnection(Type type, string onLost)
    {
        Exception failure = (Exception)Activator.CreateInstance(type)!;

        Assert.Equal(FailureKind.Caller, ServerError.Classify(failure, FailurePhase.Unknown, ConnectionState.Open));
        Assert.Equal(onLost, ServerError.Classify(failure, FailurePhase.Unknown, ConnectionState.Closed).ToString());
    }

    public static TheoryData<Type, string> OtherExceptions => new()
    {
        { typeof(IOException), nameof(FailureKind.NodeLost) },
        { typeof(SocketException), nameof(FailureKind.NodeLost) },
        { typeof(TimeoutException), nameof(FailureKind.NodeLost) },
        { typeof(InvalidOperationException), nameof(FailureKind.Caller) },
        { typeof(OperationCanceledException), nameof(FailureKind.Caller) },
    };

    [Fact]
    public void NumberOf_EveryKindOfEntry_IsRead()
    {
        Assert.Equal(1213, ServerError.NumberOf(new FakeDbException(1213, FailurePhase.Answered, "")));
        Assert.Equal(0, ServerError.NumberOf(new IOException { Data = { ["Server Error Code"] = 1213 } }));
        FakeDbException asEnum = new(0, FailurePhase.Answered, "") { Data = { ["Server Error Code"] = DayOfWeek.Friday } };
        Assert.Equal(5, ServerError.NumberOf(asEnum));
        FakeDbException asObject = new(0, FailurePhase.Answered, "") { Data = { ["Server Error Code"] = new object() } };
        Assert.Equal(0, ServerError.NumberOf(asObject));
        // As MySqlConnector says that a statement's time is over: not the server's.
        Assert.Equal(0, ServerError.NumberOf(new FakeDbException(-1, FailurePhase.Unknown, "")));
    }

    [Fact]
    public void CauseOf_TheWorksOwnException_IsWhatTheDriverSaid()
    {
        FakeDbException said = new(1213, FailurePhase.Answered, "deadlock");
        IOException transport = new("reset", new SocketException());

        Assert.Same(said, ServerError.CauseOf(new InvalidOperationException("not saved", new AggregateException(said))));
        Assert.Same(said, ServerError.CauseOf(new TimeoutException("not saved", said)));
        Assert.Same(transport, ServerError.CauseOf(new InvalidOperationException("not saved", transport)));
        DivideByZeroException own = new("not the driver's", new InvalidOperationException());
        Assert.Same(own, ServerError.CauseOf(own));
    }
}
