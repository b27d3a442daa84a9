using Microsoft.AspNetCore.DataProtection;

namespace FooBar.Web.DataProtection;

/// <summary>
/// Makes the framework read the key ring, and create the first key if there is none, at a moment of our choosing: under the start-up
/// lock, because two instances that each create a first key seal cookies that the other cannot read.
/// Later keys need no lock: they are created days before they are used, and every instance has read them by then.
/// </summary>
internal sealed class KeyRingWarmUp(IDataProtectionProvider provider)
{
    /// <summary>Blocks for two round trips to the database. Safe to repeat.</summary>
    public void Load() => provider.CreateProtector("foobar key ring warm-up").Protect([]);
}
