namespace FooBar.LoadBalancer.Configuration;

/// <summary>Holds something that was made from the settings and has to be made anew when they, or the files that they name, change.</summary>
internal interface IReloadable
{
    /// <summary>Makes everything that could fail, without letting any of it be seen.</summary>
    /// <param name="next">The settings that are about to be put in force; the options may be those in force, and the files behind them others.</param>
    /// <returns>Puts it in place. It must not fail, and is called once or, if another part refuses the settings, never.</returns>
    /// <exception cref="GatewayConfigurationException">The settings cannot be used.</exception>
    Action Prepare(GatewaySettings next);
}
