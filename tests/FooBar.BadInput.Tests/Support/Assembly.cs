using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

// Two cores: side by side, a start of one test would wait for the databases of another.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
