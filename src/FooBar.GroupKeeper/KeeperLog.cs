namespace FooBar.GroupKeeper;

/// <summary>Every log line of the keeper. Event ids 6000 to 6099. Transitions, each once an incident; no secrets.</summary>
internal static partial class KeeperLog
{
    [LoggerMessage(6000, LogLevel.Information, "{Member} was {Before} and is now {After}")]
    public static partial void OwnChanged(ILogger logger, string member, string before, string after);

    [LoggerMessage(6001, LogLevel.Information, "{Member} is in the group, which is whole")]
    public static partial void Whole(ILogger logger, string member);

    [LoggerMessage(EventId = 6002, Message = "{Member}: {Step}: {Why}")]
    public static partial void Next(ILogger logger, LogLevel level, string member, string step, string why);

    [LoggerMessage(6003, LogLevel.Information, "{Member}: {Step} took {Seconds:0.0} s")]
    public static partial void StepDone(ILogger logger, string member, string step, double seconds);

    [LoggerMessage(6004, LogLevel.Warning, "{Member}: {Step} failed after {Seconds:0.0} s and is tried again as long as it is the next step: {Failure}")]
    public static partial void StepFailed(ILogger logger, string member, string step, double seconds, string failure);

    [LoggerMessage(6005, LogLevel.Error, "{Why} ({Lacking}), so it does not join. Save what is only there, then make the member anew from the group: see README, \"A divergent member\"")]
    public static partial void Divergent(ILogger logger, string why, string lacking);

    [LoggerMessage(6006, LogLevel.Error, "{Why}, so nobody forms it. Choose the members to give up, save what is only there, and make them anew: see README, \"Members that disagree\"")]
    public static partial void Divided(ILogger logger, string why);

    [LoggerMessage(6007, LogLevel.Information, "{Member} is in the group and waits for {Why}")]
    public static partial void Inside(ILogger logger, string member, string why);

    [LoggerMessage(6010, LogLevel.Warning, "{Member} does not answer: {Failure}")]
    public static partial void Silent(ILogger logger, string member, string failure);

    [LoggerMessage(6011, LogLevel.Information, "{Member} answers")]
    public static partial void Answers(ILogger logger, string member);

    [LoggerMessage(6012, LogLevel.Error, "{Member} is configured otherwise than this process: {Mistake}")]
    public static partial void Misconfigured(ILogger logger, string member, string mistake);

    [LoggerMessage(6020, LogLevel.Warning, "An operator orders to form the group without {Without}: what only they hold will be lost. Good for {Minutes:0} minutes")]
    public static partial void OrderTaken(ILogger logger, string without, double minutes);

    [LoggerMessage(6021, LogLevel.Error, "The order to form the group without members is refused: {Why}")]
    public static partial void OrderRefused(ILogger logger, string why);

    [LoggerMessage(6022, LogLevel.Information, "The order to form the group without {Without} is over: {Why}")]
    public static partial void OrderOver(ILogger logger, string without, string why);

    [LoggerMessage(6030, LogLevel.Error, "The keeper met an error of its own and goes on")]
    public static partial void Fault(ILogger logger, Exception fault);
}
