namespace FooBar.MySql.Tests.Chaos;

/// <summary>Numbered statements sent as one batch: each result must have the number of its own command.</summary>
internal sealed class NumberedBatch(IReadOnlyList<(NumberedStatement Statement, int Number)> commands)
{
    public MySqlBatch CreateBatch(MySqlConnection connection, bool isPrepared)
    {
        MySqlBatch batch = connection.CreateBatch();
        foreach ((NumberedStatement statement, int number) in commands)
        {
            using MySqlCommand command = statement.CreateCommand(connection, number, seconds: 0.01, isPrepared);
            MySqlBatchCommand part = new(command.CommandText);
            foreach (MySqlParameter parameter in command.Parameters) part.Parameters.Add(parameter.Clone());
            batch.BatchCommands.Add(part);
        }

        return batch;
    }

    /// <summary>Runs it and checks the answer to its end.</summary>
    /// <exception cref="InterruptedException">It was cancelled, in the way of its trigger.</exception>
    public async Task ReadAsync(MySqlBatch batch, Trigger trigger, bool async)
    {
        bool isSent = false;
        try
        {
            MySqlDataReader reader = async ? await batch.ExecuteReaderAsync(trigger.Token) : batch.ExecuteReader();
            isSent = true;
            await using Closing closing = new(async, reader);
            int total = 0;
            for (int index = 0; index < commands.Count; index++)
            {
                if (index > 0) Assert.True(async ? await reader.NextResultAsync(trigger.Token) : reader.NextResult());
                (NumberedStatement statement, int number) = commands[index];
                if (statement.Writes) continue;

                int rows = 0;
                while (async ? await reader.ReadAsync(trigger.Token) : reader.Read())
                {
                    NumberedStatement.CheckRow(reader, number, rows++);
                    trigger.HasRead(++total);
                }

                Assert.Equal(Assert.Single(statement.RowsByResult), rows);
            }

            Assert.False(async ? await reader.NextResultAsync(trigger.Token) : reader.NextResult());
        }
        catch (Exception failure) when (InterruptedException.PhaseOf(failure, trigger, isSent) is { } phase)
        {
            throw new InterruptedException(phase, trigger.Elapsed, failure);
        }
    }
}
