using System.Runtime.Versioning;
using FooBar.AppHost.CommandLine;

[assembly: SupportedOSPlatform("linux")]

return await FoobarCommand.InvokeAsync(args);
