namespace FooBar.MySql.Observability;

/// <summary>A pool at one moment.</summary>
/// <param name="Idle">Sessions that nobody has.</param>
/// <param name="Used">Sessions that are lent.</param>
/// <param name="Opening">Sessions that are being opened.</param>
/// <param name="Waiting">Those who wait in line.</param>
internal readonly record struct PoolFigures(int Idle, int Used, int Opening, int Waiting);
