CREATE TEMP TABLE kept_counters AS SELECT name, seq FROM sqlite_sequence;

CREATE TEMP TABLE kept_rows AS SELECT * FROM "role_grant";

DROP TABLE "role_grant";

CREATE TABLE role_grant (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    user_id BIGINT NOT NULL,
    role VARCHAR(30) NOT NULL,
    reason BLOB NOT NULL,
    expires_at DATETIME,
    revoked_at DATETIME,
    revoked_by_id BIGINT,
    CONSTRAINT fk_role_grant_processor_id_user_id FOREIGN KEY(processor_id, user_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_role_grant_processor_id_revoked_by_id FOREIGN KEY(processor_id, revoked_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT ck_role_grant_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_role_grant_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_role_grant_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_role_grant_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_role_grant_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_role_grant_role CHECK (role IN ('staff', 'lead', 'accountant', 'admin', 'auditor', 'controller_approver', 'controller_reader'))
);

INSERT INTO "role_grant" (id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, user_id, role, reason, expires_at, revoked_at, revoked_by_id)
SELECT id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, user_id, role, reason, expires_at, revoked_at, revoked_by_id
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE INDEX ix_role_grant_user_id_processor_id ON role_grant (user_id, processor_id);

CREATE TEMP TABLE kept_rows AS SELECT * FROM "policy";

DROP TABLE "policy";

CREATE TABLE policy (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    version_no INTEGER NOT NULL,
    four_eyes BOOLEAN NOT NULL,
    settings VARCHAR NOT NULL,
    reason BLOB,
    CONSTRAINT uq_policy_processor_id_version_no UNIQUE (processor_id, version_no),
    CONSTRAINT ck_policy_version_counts_from_one CHECK (version_no >= 1),
    CONSTRAINT ck_policy_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_policy_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_policy_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_policy_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_policy_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

INSERT INTO "policy" (id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, version_no, four_eyes, settings, reason)
SELECT id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, version_no, four_eyes, settings, NULL
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE TEMP TABLE kept_rows AS SELECT * FROM "export_batch";

DROP TABLE "export_batch";

CREATE TABLE export_batch (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    batch_no INTEGER NOT NULL,
    from_day DATE NOT NULL,
    to_day DATE NOT NULL,
    settings_id BIGINT NOT NULL,
    stored_file_id BIGINT NOT NULL,
    documents_file_id BIGINT,
    bookings INTEGER NOT NULL,
    debit_cents BIGINT NOT NULL,
    credit_cents BIGINT NOT NULL,
    withdrawn_at DATETIME,
    withdrawn_by_name VARCHAR,
    withdrawn_reason BLOB,
    CONSTRAINT uq_export_batch_processor_id_batch_no UNIQUE (processor_id, batch_no),
    CONSTRAINT fk_export_batch_processor_id_settings_id FOREIGN KEY(processor_id, settings_id) REFERENCES datev_settings (processor_id, id),
    CONSTRAINT fk_export_batch_processor_id_stored_file_id FOREIGN KEY(processor_id, stored_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT fk_export_batch_processor_id_documents_file_id FOREIGN KEY(processor_id, documents_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT ck_export_batch_days_in_order CHECK (from_day <= to_day),
    CONSTRAINT ck_export_batch_to_day_same_year CHECK (strftime('%Y', from_day) = strftime('%Y', to_day)),
    CONSTRAINT ck_export_batch_has_bookings CHECK (bookings >= 1),
    CONSTRAINT ck_export_batch_sums_not_negative CHECK (debit_cents >= 0 AND credit_cents >= 0),
    CONSTRAINT ck_export_batch_withdrawal_named CHECK ((withdrawn_at IS NULL) = (withdrawn_by_name IS NULL)),
    CONSTRAINT ck_export_batch_withdrawal_reasoned CHECK ((withdrawn_at IS NULL) = (withdrawn_reason IS NULL)),
    CONSTRAINT ck_export_batch_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_export_batch_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_export_batch_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_export_batch_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_export_batch_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

INSERT INTO "export_batch" (id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, batch_no, from_day, to_day, settings_id, stored_file_id, documents_file_id, bookings, debit_cents, credit_cents, withdrawn_at, withdrawn_by_name, withdrawn_reason)
SELECT id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, batch_no, from_day, to_day, settings_id, stored_file_id, documents_file_id, bookings, debit_cents, credit_cents, withdrawn_at, withdrawn_by_name, withdrawn_reason
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE TEMP TABLE kept_rows AS SELECT * FROM "correction";

DROP TABLE "correction";

CREATE TABLE correction (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    closing_id BIGINT NOT NULL,
    scope VARCHAR(30) NOT NULL,
    reason BLOB NOT NULL,
    invoice_id BIGINT,
    evidence_note BLOB,
    CONSTRAINT uq_correction_id_closing_id_processor_id UNIQUE (id, closing_id, processor_id),
    CONSTRAINT fk_correction_processor_id_closing_id FOREIGN KEY(processor_id, closing_id) REFERENCES closing (processor_id, id),
    CONSTRAINT fk_correction_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT ck_correction_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_correction_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_correction_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_correction_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_correction_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_correction_scope CHECK (scope IN ('full', 'partial'))
);

INSERT INTO "correction" (id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, closing_id, scope, reason, invoice_id, evidence_note)
SELECT id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, closing_id, scope, reason, invoice_id, evidence_note
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE UNIQUE INDEX uq_correction_full ON correction (closing_id, processor_id) WHERE scope = 'full';

UPDATE sqlite_sequence SET seq = k.seq FROM kept_counters k WHERE k.name = sqlite_sequence.name;

INSERT INTO sqlite_sequence (name, seq) SELECT k.name, k.seq FROM kept_counters k
WHERE k.name NOT IN (SELECT s.name FROM sqlite_sequence s);

DROP TABLE kept_counters;
