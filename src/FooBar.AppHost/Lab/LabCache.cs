using System.Globalization;
using System.Text.Json;
using FooBar.AppHost.Machine;
using FooBar.AppHost.Processes;
using FooBar.AppHost.Progress;

namespace FooBar.AppHost.Lab;

/// <summary>What a part of the cache was made from, and when.</summary>
internal sealed record LabStamp(string Inputs, DateTimeOffset Made)
{
    /// <summary>Older than this it is made anew: a mirror's lists are valid for a week, and security updates come daily.</summary>
    public static readonly TimeSpan MaximumAge = TimeSpan.FromDays(3);

    /// <summary>Why a part with this stamp has to be made anew; null when it need not.</summary>
    public string? Outdated(string inputs, DateTimeOffset now) =>
        Inputs != inputs ? "what it is made from has changed"
        : now - Made > MaximumAge ? $"made {(now - Made).TotalDays.ToString("0", CultureInfo.InvariantCulture)} days ago"
        : null;
}

/// <summary>
/// What every lab starts from and takes minutes to make. Two parts, each a folder with a stamp in it, made under another name and renamed when
/// it is whole; an interruption leaves nothing that looks whole.
/// </summary>
internal sealed class LabCache(string folder, TimeProvider time)
{
    /// <summary>The file system of a bare host; never written to, hosts lay theirs over it.</summary>
    public string Image => Path.Combine(folder, "image", "content");

    /// <summary>What the package repository serves.</summary>
    public string Repository => Path.Combine(folder, "repository", "content");

    /// <summary>Locked shared by each lab that uses the cache, exclusively by who replaces a part of it.</summary>
    public string UseLock => Path.Combine(folder, "in-use.lock");

    private string MakingLock => Path.Combine(folder, "making.lock");

    /// <summary>Makes what is missing or outdated, both parts side by side. Nobody else changes the cache until the result is disposed.</summary>
    public async Task<IDisposable> ProvideAsync(IReadOnlyList<string> packages, IStartProgress progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        IDisposable making = await FileLock.TakeAsync(MakingLock, () => new StepProgress(progress, "Cache").Working("another foobar is making it; waiting for it"), cancellationToken);
        try
        {
            using IDisposable? alone = TryBeAlone();
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Part[] parts =
            [
                new("image", HostImage.Inputs, HostImage.MakeAsync, new StepProgress(progress, "Image")),
                new("repository", PackageRepository.Inputs(packages), (target, step, token) => PackageRepository.MakeAsync(target, packages, step, token), new StepProgress(progress, "Packages")),
            ];
            await Task.WhenAll(parts.Select(part => OrCancelAsync(ProvideAsync(part, alone is not null, either.Token), either)));
            return making;
        }
        catch
        {
            making.Dispose();
            throw;
        }
    }

    /// <summary>Removes all of it.</summary>
    /// <exception cref="FoobarException">A lab uses it.</exception>
    public async Task PurgeAsync()
    {
        if (Directory.Exists(folder))
        {
            // Held by whoever brings a lab up, from the look into the cache until the lab itself holds it.
            using IDisposable unchanged = await FileLock.TakeAsync(MakingLock, () => { }, CancellationToken.None);
            using IDisposable alone = TryBeAlone() ?? throw new FoobarException($"{folder} is in use by another lab, so nothing of it was removed. Take that one down first.");
            await LabFiles.DeleteAsync(folder);
        }
    }

    /// <summary>The failure of one ends the other, and is what is told.</summary>
    private static async Task OrCancelAsync(Task work, CancellationTokenSource either)
    {
        try
        {
            await work;
        }
        catch
        {
            await either.CancelAsync();
            throw;
        }
    }

    private async Task ProvideAsync(Part part, bool isAlone, CancellationToken cancellationToken)
    {
        string target = Path.Combine(folder, part.Name);
        string partial = target + ".partial";
        string old = target + ".old";
        LabStamp? stamp = Read(target);
        string? outdated = stamp?.Outdated(part.Inputs, time.GetUtcNow());
        if (stamp is not null && outdated is null)
        {
            part.Progress.Done("from the cache");
            return;
        }

        if (!isAlone)
        {
            if (stamp is not null && stamp.Inputs == part.Inputs)
            {
                part.Progress.Done($"from the cache, {outdated}: another lab uses it");
                return;
            }

            throw new FoobarException($"{target} has to be made anew ({outdated ?? "it is not whole"}) while another lab uses it. Take that one down first, or set FOOBAR_LAB_CACHE to another folder.");
        }

        foreach (string left in (string[])[partial, old])
        {
            await LabFiles.DeleteAsync(left);
        }

        try
        {
            string content = Directory.CreateDirectory(Path.Combine(partial, "content")).FullName;
            await part.MakeAsync(content, part.Progress, cancellationToken);
            await File.WriteAllTextAsync(StampFile(partial), JsonSerializer.Serialize(new LabStamp(part.Inputs, time.GetUtcNow())), cancellationToken);

            // After a power cut, a renamed folder may otherwise hold empty files.
            await Tool.RunAsync("sync", ["--file-system", partial], cancellationToken);
        }
        catch
        {
            await LabFiles.DeleteAsync(partial);
            throw;
        }

        if (Directory.Exists(target))
        {
            Directory.Move(target, old);
        }

        Directory.Move(partial, target);
        await LabFiles.DeleteAsync(old);
        part.Progress.Done("made");
    }

    private FileStream? TryBeAlone()
    {
        try
        {
            return new FileStream(UseLock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (FileLock.IsHeld(exception))
        {
            return null;
        }
    }

    private static string StampFile(string part) => Path.Combine(part, "stamp.json");

    private static LabStamp? Read(string part)
    {
        try
        {
            return JsonSerializer.Deserialize<LabStamp>(File.ReadAllText(StampFile(part)));
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>One part: what it is called, what it is made from, who makes it in an empty folder.</summary>
    private sealed record Part(string Name, string Inputs, Func<string, StepProgress, CancellationToken, Task> MakeAsync, StepProgress Progress);
}
