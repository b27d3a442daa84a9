using FooBar.Lab.Tests.Support;

namespace FooBar.Lab.Tests.Site;

/// <summary>A test on the deployed site, with what it needs to look at it and to break it.</summary>
public abstract class SiteTest(Labs labs) : DeployedLabTest(labs)
{
    private LabSite? _site;

    internal LabSite Site => _site ??= new LabSite(Lab);
}
