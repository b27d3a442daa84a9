using FooBar.AppHost.Certificates;
using FooBar.AppHost.Progress;

namespace FooBar.AppHost.Databases;

/// <summary>The database members together, however they replicate.</summary>
internal interface IDatabaseCluster
{
    IReadOnlyList<MySqlMember> Members { get; }

    /// <summary>Whether <see cref="StartAsync"/> has started every server.</summary>
    bool IsStarted { get; }

    /// <summary>Starts the servers and makes one of them the primary of the others.</summary>
    /// <exception cref="FoobarException">What failed, in a line; <see cref="StopAsync"/> then stops what has started.</exception>
    Task StartAsync(CertificateAuthority authority, StepProgress progress, CancellationToken cancellationToken);

    /// <summary>Keeps the members together from now on, until the token ends it; never fails.</summary>
    /// <param name="tell">Told of every step, in a sentence.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task KeepWholeAsync(Action<string> tell, CancellationToken cancellationToken);

    /// <summary>Stops the members, by a kill the one that has not ended within <paramref name="grace"/>.</summary>
    Task StopAsync(TimeSpan grace);
}
