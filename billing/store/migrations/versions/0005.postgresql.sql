ALTER TABLE "role_grant" ALTER COLUMN reason TYPE BYTEA USING convert_to(reason, 'UTF8');

ALTER TABLE "policy" ADD COLUMN reason BYTEA;

ALTER TABLE "export_batch" ALTER COLUMN withdrawn_reason TYPE BYTEA USING convert_to(withdrawn_reason, 'UTF8');

ALTER TABLE "correction" ALTER COLUMN reason TYPE BYTEA USING convert_to(reason, 'UTF8');
