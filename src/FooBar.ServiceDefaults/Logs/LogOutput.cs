using Serilog;
using Serilog.Configuration;
using Serilog.Formatting;

namespace FooBar.ServiceDefaults.Logs;

/// <summary>Where the log lines go: standard output, written through at each event, so that nothing is left to flush in a crash.</summary>
internal class LogOutput
{
    public virtual void AddTo(LoggerSinkConfiguration sinks, ITextFormatter formatter) => sinks.Console(formatter);
}
