using FooBar.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace FooBar.MySql.Tests;

/// <summary>
/// What must hold for every value of a kind, tried on random ones. A failure names the smallest value found that breaks it, and the
/// run's seed, with which FOOBAR_TEST_SEED repeats it.
/// </summary>
internal static class Property
{
    /// <param name="values">The kind of value.</param>
    /// <param name="times">Values to try, and those of a thorough run.</param>
    /// <param name="assert">Throws for a value for which the property does not hold.</param>
    public static void Holds<T>(Arbitrary<T> values, (int Plain, int Thorough) times, Action<T> assert)
    {
        // The generator wants an odd second number.
        Config config = Config.QuickThrowOnFailure
            .WithQuietOnSuccess(true)
            .WithMaxTest(Catalogue.Times(times.Plain, times.Thorough))
            .WithReplay((ulong)Catalogue.Seed, 0x9E37_79B9_7F4A_7C15UL);
        try
        {
            Prop.ForAll(values, assert).Check(config);
        }
        catch (Exception failure)
        {
            throw new Xunit.Sdk.XunitException($"FOOBAR_TEST_SEED={Catalogue.Seed}: {failure.Message}");
        }
    }
}
