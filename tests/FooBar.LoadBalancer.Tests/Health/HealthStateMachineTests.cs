using FooBar.LoadBalancer.Configuration;
using FooBar.LoadBalancer.Forwarding;
using FooBar.LoadBalancer.Health;

namespace FooBar.LoadBalancer.Tests.Health;

public sealed class HealthStateMachineTests
{
    internal static readonly Dictionary<char, Evidence> Letters = new()
    {
        ['+'] = Evidence.CheckPassed,
        ['-'] = Evidence.CheckFailed,
        ['o'] = Evidence.CheckOvertaken,
        ['~'] = Evidence.CheckTimedOut,
        ['!'] = Evidence.CheckUnanswered,
        ['n'] = Evidence.CheckNotReady,
        ['c'] = Evidence.ConnectFailed,
        ['f'] = Evidence.RequestFailed,
        ['u'] = Evidence.Unavailable,
        ['e'] = Evidence.ServerError,
        ['p'] = Evidence.RequestPassed,
        ['s'] = Evidence.Slow,
        ['q'] = Evidence.NotSlow,
    };

    /// <summary>Evidence from a new backend on (see the letters above), and its state after each: U up, R not ready, D down, ? unknown.</summary>
    [Theory]
    [InlineData(2, 2, "+", "U")]
    [InlineData(2, 2, "-", "D")]
    [InlineData(2, 2, "n", "R")]
    [InlineData(2, 2, "+--", "UUD")]
    [InlineData(2, 2, "+-~", "UUD")]
    [InlineData(2, 2, "~", "D")]
    [InlineData(2, 2, "!", "D")]
    [InlineData(2, 2, "+!!", "UUD")]
    [InlineData(2, 2, "+~!", "UUD")]
    [InlineData(2, 2, "+~+~+", "UUUUU")]
    [InlineData(2, 2, "+oooo", "UUUUU")]
    [InlineData(2, 2, "+~o~o-o!o", "UUUUUUUUU")]
    [InlineData(2, 2, "+--o+o+", "UUDDDDU")]
    [InlineData(2, 2, "+no~o~", "URRRRD")]
    [InlineData(2, 2, "+n!!", "URRD")]
    [InlineData(2, 2, "-+~++", "DDDDU")]
    [InlineData(2, 2, "-+!++", "DDDDU")]
    [InlineData(2, 2, "+-+-+", "UUUUU")]
    [InlineData(2, 2, "-++", "DDU")]
    [InlineData(2, 2, "-+-+-", "DDDDD")]
    [InlineData(2, 2, "+--++--", "UUDDUUD")]
    [InlineData(2, 2, "+-----++", "UUDDDDDU")]
    [InlineData(1, 1, "+-+-", "UDUD")]
    [InlineData(3, 1, "+--+---+", "UUUUUUDU")]
    [InlineData(1, 3, "+-++-+++", "UDDDDDDU")]
    [InlineData(2, 2, "+n++", "URRU")]
    [InlineData(2, 2, "+n+n++", "URRRRU")]
    [InlineData(2, 2, "+n~~-++", "URRDDDU")]
    [InlineData(2, 2, "+n~n-+--", "URRRRRRD")]
    [InlineData(2, 2, "+ncnccn", "URRRRDR")]
    [InlineData(2, 2, "+nuep", "URRRR")]
    [InlineData(2, 2, "-n", "DR")]
    [InlineData(2, 2, "+--nc~", "UUDRRD")]
    [InlineData(2, 2, "+c++", "UDDU")]
    [InlineData(2, 2, "+c+c+", "UDDDU")]
    [InlineData(2, 2, "+cp+fe+", "UDDDDDU")]
    [InlineData(2, 2, "cfuep", "?????")]
    [InlineData(2, 2, "+ffff", "UUUUU")]
    [InlineData(2, 2, "+fffff", "UUUUUD")]
    [InlineData(2, 2, "+ffuuf", "UUUUUD")]
    [InlineData(2, 2, "+eueue", "UUUUUD")]
    [InlineData(2, 2, "+ffffpffff", "UUUUUUUUUU")]
    [InlineData(2, 2, "+eeeepeeee", "UUUUUUUUUU")]
    [InlineData(2, 2, "+fefefefe", "UUUUUUUUU")]
    [InlineData(2, 2, "+fefefefef", "UUUUUUUUUD")]
    [InlineData(2, 2, "+ff+ff-+f", "UUUUUUUUD")]
    [InlineData(2, 2, "+sss", "UUUD")]
    [InlineData(2, 2, "+sp+spes", "UUUUUUUD")]
    [InlineData(2, 2, "+ssqssqss", "UUUUUUUUU")]
    [InlineData(2, 2, "+sss+s+", "UUUDDDU")]
    [InlineData(2, 2, "sss", "???")]
    [InlineData(2, 2, "+nsss", "URRRR")]
    public void Evidence_OneAfterTheOther_MovesTheState(int failuresToDown, int successesToUp, string evidence, string expected) =>
        Assert.Equal(expected, States(Options(failuresToDown, successesToUp), evidence, isLast: false));

    /// <summary>The same, while no other backend is up.</summary>
    [Theory]
    [InlineData("+cccccccccc", "UUUUUUUUUUU")]
    [InlineData("+ffffffff", "UUUUUUUUU")]
    [InlineData("+eeeeuuuu", "UUUUUUUUU")]
    [InlineData("+c--", "UUUD")]
    [InlineData("+sssss", "UUUUUU")]
    [InlineData("+n", "UR")]
    [InlineData("+~~~~~", "UUUUUU")]
    [InlineData("+~~~~!", "UUUUUD")]
    [InlineData("+~~~-", "UUUUD")]
    [InlineData("+!!", "UUD")]
    [InlineData("~", "U")]
    [InlineData("~~~~", "UUUU")]
    [InlineData("~-", "UD")]
    [InlineData("!~++", "DDDU")]
    [InlineData("+n~~~~", "URRRRR")]
    [InlineData("+n~!~!", "URRRRD")]
    [InlineData("+n--", "URRD")]
    public void RequestsAndSilence_NeverTakeOutTheLastBackend_OtherChecksDo(string evidence, string expected) =>
        Assert.Equal(expected, States(Options(2, 2), evidence, isLast: true));

    /// <summary>Checks from an ejected backend on that may not come back yet, and then the one after which it may.</summary>
    [Theory]
    [InlineData("", "+", "D")]
    [InlineData("+", "+", "U")]
    [InlineData("+++++", "+", "U")]
    [InlineData("+++++", "-", "D")]
    [InlineData("+++-", "+", "D")]
    [InlineData("+++n", "+", "R")]
    public void EjectedBackend_ThatIsHeld_ReturnsWithTheFirstCheckAfterwards(string held, string then, string expected)
    {
        HealthOptions options = Options(2, 2);
        HealthState state = held.Aggregate(
            new HealthState(BackendStatus.Down), (state, letter) => HealthStateMachine.Next(state, Letters[letter], false, options, held: true));
        Assert.NotEqual(BackendStatus.Up, state.Status);

        Assert.Equal(expected, States(options, then, isLast: false, state));
    }

    [Fact]
    public void LastBackend_ThatIsNoLongerTheLast_GoesWithItsNextFailure()
    {
        HealthState state = new(BackendStatus.Up, Failures: 9);

        Assert.Equal(BackendStatus.Up, Next(state, '+', isLast: false).Status);
        Assert.Equal(BackendStatus.Down, Next(state, 'f', isLast: false).Status);
    }

    [Fact]
    public void SilentBackend_ThatIsNoLongerTheLast_GoesWithItsNextSilence()
    {
        HealthState state = "+~~~~".Aggregate(default(HealthState), (state, letter) => Next(state, letter, isLast: true));

        Assert.Equal(BackendStatus.Up, Next(state, 'o', isLast: false).Status);
        Assert.Equal(BackendStatus.Down, Next(state, '~', isLast: false).Status);
    }

    [Theory]
    [InlineData("+-", true)]
    [InlineData("+~", true)]
    [InlineData("+!", true)]
    [InlineData("+o", false)]
    [InlineData("+--", false)]
    [InlineData("-", false)]
    [InlineData("--", false)]
    [InlineData("+n", false)]
    [InlineData("+n~", true)]
    [InlineData("+n~~", false)]
    [InlineData("+nc", true)]
    [InlineData("+nf", false)]
    [InlineData("c", false)]
    [InlineData("+c", true)]
    [InlineData("+cc", false)]
    [InlineData("+f", false)]
    [InlineData("+fffff", true)]
    [InlineData("+eeeee", true)]
    [InlineData("+p", false)]
    [InlineData("+sss", false)]
    [InlineData("++", false)]
    public void Check_IsDueAtOnce_AfterWhatMakesABackendDoubtful(string evidence, bool expected)
    {
        HealthState before = default;
        HealthState after = default;
        foreach (char letter in evidence)
            (before, after) = (after, Next(after, letter, isLast: false));

        Assert.Equal(expected, HealthStateMachine.NeedsCheck(before, after, Letters[evidence[^1]]));
    }

    [Theory]
    [InlineData("Completed", 200, false, false, "RequestPassed")]
    [InlineData("Completed", 404, false, false, "RequestPassed")]
    [InlineData("Completed", 499, false, false, "RequestPassed")]
    [InlineData("Completed", 500, false, false, "ServerError")]
    [InlineData("Completed", 501, false, false, "ServerError")]
    [InlineData("Completed", 502, false, false, "Unavailable")]
    [InlineData("Completed", 503, false, false, "Unavailable")]
    [InlineData("Completed", 504, false, false, "Unavailable")]
    [InlineData("BackendConnectFailed", 502, false, false, "ConnectFailed")]
    [InlineData("BackendConnectFailed", 502, true, false, "ConnectFailed")]
    [InlineData("BackendFailed", 502, false, false, "RequestFailed")]
    [InlineData("BackendCutResponse", 502, false, false, "RequestFailed")]
    [InlineData("BackendTimedOut", 504, false, false, "RequestFailed")]
    [InlineData("BackendTimedOut", 504, false, true, null)]
    [InlineData("BackendTimedOut", 101, true, false, null)]
    [InlineData("BackendCutResponse", 101, true, false, null)]
    [InlineData("Refused", 413, false, false, null)]
    [InlineData("ClientAbortedRequest", 499, false, false, null)]
    [InlineData("ClientAbortedResponse", 200, false, false, null)]
    [InlineData("GatewayFailed", 500, false, false, null)]
    public void Request_ByItsEnd_SpeaksForOrAgainstItsBackendOrNotAtAll(string outcome, int status, bool upgrade, bool givenUp, string? expected) =>
        Assert.Equal(expected, RequestEvidence.Of(Enum.Parse<Outcome>(outcome), status, upgrade, givenUp)?.ToString());

    [Fact]
    public void NewBackend_IsUnknown() => Assert.Equal(BackendStatus.Unknown, BackendHealth.Unknown.State.Status);

    private static HealthOptions Options(int failuresToDown, int successesToUp) =>
        new() { FailuresToDown = failuresToDown, SuccessesToUp = successesToUp };

    private static HealthState Next(HealthState state, char letter, bool isLast) =>
        HealthStateMachine.Next(state, Letters[letter], isLast, new HealthOptions());

    private static string States(HealthOptions options, string evidence, bool isLast, HealthState state = default)
    {
        string states = "";
        foreach (char letter in evidence)
        {
            state = HealthStateMachine.Next(state, Letters[letter], isLast, options);
            states += state.Status switch
            {
                BackendStatus.Unknown => '?',
                BackendStatus.Up => 'U',
                BackendStatus.Draining => 'R',
                _ => 'D',
            };
        }

        return states;
    }
}
