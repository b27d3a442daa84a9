namespace FooBar.GroupKeeper.Steps;

/// <summary>A step was not taken, or not to its end, for a reason that is told in a sentence. It may be tried again.</summary>
internal sealed class StepException(string message) : Exception(message);
