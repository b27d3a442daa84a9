-- Old operations are deleted by their age.
ALTER TABLE operation ADD KEY operation_created_at (created_at)
