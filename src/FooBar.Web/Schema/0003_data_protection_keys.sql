-- The keys that seal cookies and form tokens, one XML element each, so that every instance reads what another one sealed.
CREATE TABLE IF NOT EXISTS data_protection_key (
  friendly_name VARCHAR(100) NOT NULL PRIMARY KEY,
  xml TEXT NOT NULL,
  created_at DATETIME(6) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_0900_bin
