namespace FooBar.Load;

/// <summary>The outcomes that the generator itself gives; every other one is an operation's own reason.</summary>
public static class LoadOutcome
{
    /// <summary>It succeeded in time.</summary>
    public const string Ok = "ok";

    /// <summary>It had not ended at its deadline, or only after it.</summary>
    public const string Deadline = "deadline";

    /// <summary>It was due, but the cap of operations in flight was reached: it failed without having been started.</summary>
    public const string GeneratorFull = "generator_full";
}
