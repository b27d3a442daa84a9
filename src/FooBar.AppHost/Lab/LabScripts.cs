using FooBar.AppHost.Machine;

namespace FooBar.AppHost.Lab;

/// <summary>
/// The scripts that run inside the lab's namespaces, where no .NET is wanted: a shell is there at once and takes no memory. Each lab runs
/// copies of its own, because a shell reads a script as it goes, and these run for as long as the lab does.
/// </summary>
internal sealed class LabScripts(string folder)
{
    public string Guard => In("guard.sh");

    public string Host => In("host.sh");

    public string Link => In("link.sh");

    public string Remains => In("remains.sh");

    /// <summary>Copies them from the checkout.</summary>
    public void Copy()
    {
        Directory.CreateDirectory(folder);
        foreach (string script in Directory.GetFiles(Path.Combine(Checkout.Root, "src", "FooBar.AppHost", "Lab"), "*.sh"))
        {
            File.Copy(script, In(Path.GetFileName(script)));
        }
    }

    private string In(string name) => Path.Combine(folder, name);
}
