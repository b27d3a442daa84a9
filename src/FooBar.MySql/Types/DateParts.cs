namespace FooBar.MySql.Types;

/// <summary>
/// A DATE, DATETIME or TIMESTAMP as MySQL has it. Wider than <see cref="DateTime"/>: the zero date and days that no calendar has are
/// possible where the server's sql_mode lets them in.
/// </summary>
internal readonly record struct DateParts(int Year, int Month, int Day, int Hour, int Minute, int Second, int Microsecond)
{
    /// <exception cref="InvalidCastException">No calendar has this date.</exception>
    public DateTime ToDateTime()
    {
        if (Year is < 1 or > 9999 || Month is < 1 or > 12 || Day < 1 || Day > DateTime.DaysInMonth(Year, Month)
            || Hour > 23 || Minute > 59 || Second > 59 || Microsecond is < 0 or > 999_999)
        {
            throw new InvalidCastException(
                $"The date {Year:D4}-{Month:D2}-{Day:D2} {Hour:D2}:{Minute:D2}:{Second:D2} is none that DateTime can hold; "
                + "select it as text, or as NULLIF(column, 0).");
        }

        return new DateTime(Year, Month, Day, Hour, Minute, Second, DateTimeKind.Unspecified)
            .AddTicks(Microsecond * TimeSpan.TicksPerMicrosecond);
    }
}
