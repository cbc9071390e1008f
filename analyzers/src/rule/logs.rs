//! Calls that write to a log, known to several rules: data.

/// Loggers of C# that take texts and values in any place.
pub(crate) const CSHARP: &[&str] = &[
    ".LogInformation",
    ".LogWarning",
    ".LogError",
    ".LogDebug",
    ".LogTrace",
    ".LogCritical",
    ".Info",
    ".Warn",
    ".Error",
    ".Debug",
    ".Fatal",
    ".Trace",
    "Log.Information",
    "Log.Warning",
    "Log.Error",
    "Log.Debug",
    "Trace.WriteLine",
    "EventLog.WriteEntry",
];
