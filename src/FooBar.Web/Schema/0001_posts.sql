-- The notices of the board. Ids grow with time, so the newest page is the end of the primary key. Times are UTC.
CREATE TABLE IF NOT EXISTS post (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  title VARCHAR(120) NOT NULL,
  author VARCHAR(60) NOT NULL,
  body TEXT NOT NULL,
  created_at DATETIME(6) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_0900_ai_ci
