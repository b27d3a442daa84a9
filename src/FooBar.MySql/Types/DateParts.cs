namespace FooBar.MySql.Types;

/// <summary>
/// A DATE, DATETIME or TIMESTAMP as MySQL has it. Wider than <see cref="DateTime"/>: the zero date and days that no calendar has are
/// possible where the server's sql_mode lets them in.
/// </summary>
internal readonly record struct DateParts(int Year, int Month, int Day, int Hour, int Minute, int Second, int Microsecond)
{
    /// <summary>'0000-00-00', or a date of which the year, month or day is not known.</summary>
    public bool HasZero => Year == 0 || Month == 0 || Day == 0;

    /// <exception cref="InvalidCastException">No calendar has this date.</exception>
    public DateTime ToDateTime(MySqlZeroDates zeroDates)
    {
        if (Year is < 1 or > 9999 || Month is < 1 or > 12 || Day < 1 || Day > DateTime.DaysInMonth(Year, Month)
            || Hour > 23 || Minute > 59 || Second > 59 || Microsecond is < 0 or > 999_999)
        {
            if (HasZero && zeroDates == MySqlZeroDates.MinValue) return DateTime.MinValue;

            throw new InvalidCastException(
                $"The date {Year:D4}-{Month:D2}-{Day:D2} {Hour:D2}:{Minute:D2}:{Second:D2} is none that DateTime can hold; "
                + (HasZero ? "set 'Zero Dates' to Null or MinValue in the connection string, or select it as text." : "select it as text."));
        }

        return new DateTime(Year, Month, Day, Hour, Minute, Second, DateTimeKind.Unspecified)
            .AddTicks(Microsecond * TimeSpan.TicksPerMicrosecond);
    }
}
