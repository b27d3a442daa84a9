using System.Text.RegularExpressions;

namespace FooBar.AppHost.Lab;

/// <summary>The Debian packages that the roles install: the mapping <c>packages</c> of deploy/group_vars/all/packages.yml, a list for each key.</summary>
internal static partial class LabPackages
{
    /// <summary>Reads them, each once, in alphabetical order.</summary>
    /// <exception cref="FoobarException">The mapping is missing, empty or not written as lists of names.</exception>
    public static IReadOnlyList<string> Read(string file)
    {
        if (!File.Exists(file))
        {
            throw new FoobarException($"{file} is missing: it names the packages that the lab's repository serves.");
        }

        SortedSet<string> packages = new(StringComparer.Ordinal);
        bool inside = false;
        foreach ((int index, string raw) in File.ReadLines(file).Index())
        {
            string line = Comment().Replace(raw, string.Empty).TrimEnd();
            if (line.Length == 0)
            {
                continue;
            }

            if (!char.IsWhiteSpace(line[0]))
            {
                inside = line == "packages:";
            }
            else if (inside)
            {
                if (Entry().Match(line) is not { Success: true } entry)
                {
                    // A reading that guesses would leave a package out, and a host would miss it minutes later.
                    throw new FoobarException($"{file}, line {index + 1}: expected 'key: [package, …]', 'key:' or '- package', read '{line.Trim()}'.");
                }

                packages.UnionWith(entry.Groups["package"].Captures.Select(capture => capture.Value));
            }
        }

        return packages.Count > 0 ? [.. packages] : throw new FoobarException($"{file} names no package below 'packages:'.");
    }

    [GeneratedRegex(@"(^|\s)#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^\s+(?:-\s+(?<package>[a-z0-9][a-z0-9+.-]+)|[a-z_]+:(?:\s+\[\s*(?:(?<package>[a-z0-9][a-z0-9+.-]+)\s*,?\s*)*\])?)$")]
    private static partial Regex Entry();
}
