namespace FooBar.LoadBalancer.Limits;

/// <summary>Holds memory that it can do without.</summary>
internal interface IMemoryHolder
{
    /// <summary>Gives up what it can. Called once a second while memory is scarce, from one thread; must return soon.</summary>
    void Trim();
}
