-- Which example data was put in. A row here is why an emptied board is not filled again.
CREATE TABLE IF NOT EXISTS seed_run (
  name VARCHAR(100) NOT NULL PRIMARY KEY,
  row_count INT NOT NULL,
  created_at DATETIME(6) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_0900_ai_ci
