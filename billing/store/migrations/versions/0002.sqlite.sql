CREATE TEMP TABLE kept_counters AS SELECT name, seq FROM sqlite_sequence;

CREATE TEMP TABLE kept_rows AS SELECT * FROM "login_attempt";

DROP TABLE "login_attempt";

CREATE TABLE login_attempt (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at DATETIME NOT NULL,
    kind VARCHAR(30) NOT NULL,
    email_digest VARCHAR NOT NULL,
    secret_digest VARCHAR NOT NULL,
    address_prefix VARCHAR NOT NULL,
    succeeded BOOLEAN NOT NULL,
    CONSTRAINT ck_login_attempt_kind CHECK (kind IN ('password', 'second_factor', 'password_reset', 'link', 'link_code', 'token'))
);

INSERT INTO "login_attempt" (id, at, kind, email_digest, secret_digest, address_prefix, succeeded)
SELECT id, at, 'password', email_digest, secret_digest, address_prefix, succeeded
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE INDEX ix_login_attempt_address_prefix_at ON login_attempt (address_prefix, at);

CREATE INDEX ix_login_attempt_at ON login_attempt (at);

CREATE INDEX ix_login_attempt_email_digest_at ON login_attempt (email_digest, at);

CREATE TABLE rate_limit (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    bucket VARCHAR NOT NULL,
    window_start DATETIME NOT NULL,
    hits INTEGER NOT NULL,
    CONSTRAINT uq_rate_limit_bucket UNIQUE (bucket),
    CONSTRAINT ck_rate_limit_bucket_form CHECK (length(bucket) = 64)
);

CREATE INDEX ix_rate_limit_window_start ON rate_limit (window_start);

CREATE TEMP TABLE kept_rows AS SELECT * FROM "idempotency_key";

DROP TABLE "idempotency_key";

CREATE TABLE idempotency_key (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    actor VARCHAR(40) NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    request_sha256 VARCHAR NOT NULL,
    status INTEGER,
    response BLOB,
    created_at DATETIME NOT NULL,
    CONSTRAINT uq_idempotency_key_actor_key_processor_id UNIQUE (actor, "key", processor_id),
    CONSTRAINT ck_idempotency_key_request_sha256_form CHECK (length(request_sha256) = 64),
    CONSTRAINT uq_idempotency_key_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_idempotency_key_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

INSERT INTO "idempotency_key" (id, processor_id, actor, key, request_sha256, status, response, created_at)
SELECT id, processor_id, 'user:' || user_id, key, request_sha256, status, response, created_at
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE INDEX ix_idempotency_key_created_at ON idempotency_key (created_at);

CREATE TABLE mail (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    message_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    language VARCHAR(2) NOT NULL,
    recipient BLOB,
    recipient_digest VARCHAR NOT NULL,
    subject BLOB,
    text BLOB,
    html BLOB,
    subject_table VARCHAR NOT NULL,
    subject_id BIGINT NOT NULL,
    created_at DATETIME NOT NULL,
    sent_at DATETIME,
    CONSTRAINT uq_mail_message_id_processor_id UNIQUE (message_id, processor_id),
    CONSTRAINT ck_mail_recipient_digest_form CHECK (length(recipient_digest) = 64),
    CONSTRAINT uq_mail_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_mail_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_mail_subject_table_subject_id_processor_id ON mail (subject_table, subject_id, processor_id);

CREATE TEMP TABLE kept_rows AS SELECT * FROM "controller";

DROP TABLE "controller";

CREATE TABLE controller (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    ref VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    address_extra VARCHAR,
    street VARCHAR NOT NULL,
    postcode VARCHAR NOT NULL,
    city VARCHAR NOT NULL,
    country VARCHAR NOT NULL,
    land VARCHAR,
    vat_case VARCHAR(30) NOT NULL,
    vat_id VARCHAR,
    buyer_reference VARCHAR,
    leitweg_id VARCHAR,
    customer_number VARCHAR,
    language VARCHAR(2) NOT NULL,
    invoice_email VARCHAR,
    invoice_channel VARCHAR(30) NOT NULL,
    invoice_format VARCHAR(30) NOT NULL,
    decision_code BOOLEAN NOT NULL,
    restricted_at DATETIME,
    CONSTRAINT uq_controller_ref_processor_id UNIQUE (ref, processor_id),
    CONSTRAINT ck_controller_country_form CHECK (length(country) = 2),
    CONSTRAINT uq_controller_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_controller_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_controller_vat_case CHECK (vat_case IN ('domestic', 'reverse_charge', 'third_country')),
    CONSTRAINT ck_controller_invoice_channel CHECK (invoice_channel IN ('mail', 'portal')),
    CONSTRAINT ck_controller_invoice_format CHECK (invoice_format IN ('zugferd', 'xrechnung'))
);

INSERT INTO "controller" (id, processor_id, ref, name, address_extra, street, postcode, city, country, land, vat_case, vat_id, buyer_reference, leitweg_id, customer_number, language, invoice_email, invoice_channel, invoice_format, decision_code, restricted_at)
SELECT id, processor_id, ref, name, address_extra, street, postcode, city, country, land, vat_case, vat_id, buyer_reference, leitweg_id, customer_number, language, invoice_email, 'mail', 'zugferd', FALSE, restricted_at
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE TEMP TABLE kept_rows AS SELECT * FROM "retention_record";

DROP TABLE "retention_record";

CREATE TABLE retention_record (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    table_name VARCHAR NOT NULL,
    row_id BIGINT NOT NULL,
    retention_class VARCHAR(30) NOT NULL,
    retained_until DATE NOT NULL,
    recorded_on DATE NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_name VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    reference_digest VARCHAR,
    CONSTRAINT uq_retention_record_table_name_row_id_processor_id UNIQUE (table_name, row_id, processor_id),
    CONSTRAINT ck_retention_record_time_has_run_out CHECK (retained_until <= recorded_on),
    CONSTRAINT ck_retention_record_reference_digest_form CHECK (length(reference_digest) = 64),
    CONSTRAINT uq_retention_record_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_retention_record_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_retention_record_retention_class CHECK (retention_class IN ('book', 'voucher', 'letter', 'work', 'incident', 'log'))
);

INSERT INTO "retention_record" (id, processor_id, table_name, row_id, retention_class, retained_until, recorded_on, recorded_at, recorded_by_name, reason, reference_digest)
SELECT id, processor_id, table_name, row_id, retention_class, retained_until, recorded_on, recorded_at, recorded_by_name, reason, NULL
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE INDEX ix_retention_record_reference_digest_processor_id ON retention_record (reference_digest, processor_id);

CREATE TABLE mail_attempt (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    mail_id BIGINT NOT NULL,
    attempted_at DATETIME NOT NULL,
    outcome VARCHAR(30) NOT NULL,
    answer VARCHAR,
    CONSTRAINT fk_mail_attempt_processor_id_mail_id FOREIGN KEY(processor_id, mail_id) REFERENCES mail (processor_id, id),
    CONSTRAINT uq_mail_attempt_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_mail_attempt_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_mail_attempt_outcome CHECK (outcome IN ('accepted', 'deferred', 'rejected', 'failed'))
);

CREATE INDEX ix_mail_attempt_mail_id_processor_id ON mail_attempt (mail_id, processor_id);

CREATE TEMP TABLE kept_rows AS SELECT * FROM "user";

DROP TABLE "user";

CREATE TABLE user (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    person_id BIGINT,
    contact_id BIGINT,
    controller_id BIGINT,
    email BLOB,
    email_digest VARCHAR(64) NOT NULL,
    language VARCHAR(2) NOT NULL,
    password_hash VARCHAR,
    password_changed_at DATETIME,
    totp_secret BLOB,
    totp_confirmed_at DATETIME,
    last_totp_step BIGINT,
    created_at DATETIME NOT NULL,
    disabled_at DATETIME,
    CONSTRAINT uq_user_email_digest_processor_id UNIQUE (email_digest, processor_id),
    CONSTRAINT fk_user_processor_id_person_id FOREIGN KEY(processor_id, person_id) REFERENCES person (processor_id, id),
    CONSTRAINT fk_user_processor_id_contact_id_controller_id FOREIGN KEY(processor_id, contact_id, controller_id) REFERENCES contact (processor_id, id, controller_id),
    CONSTRAINT ck_user_somebody CHECK ((person_id IS NULL) <> (contact_id IS NULL)),
    CONSTRAINT ck_user_contact_has_controller CHECK ((contact_id IS NULL) = (controller_id IS NULL)),
    CONSTRAINT uq_user_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_user_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

INSERT INTO "user" (id, processor_id, person_id, contact_id, controller_id, email, email_digest, language, password_hash, password_changed_at, totp_secret, totp_confirmed_at, last_totp_step, created_at, disabled_at)
SELECT id, processor_id, person_id, contact_id, controller_id, email, email_digest, 'de', password_hash, password_changed_at, totp_secret, NULL, last_totp_step, created_at, disabled_at
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE INDEX ix_user_email_digest ON user (email_digest);

CREATE TEMP TABLE kept_rows AS SELECT * FROM "mail_link";

DROP TABLE "mail_link";

CREATE TABLE mail_link (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    token_hash VARCHAR NOT NULL,
    purpose VARCHAR(30) NOT NULL,
    user_id BIGINT,
    contact_id BIGINT,
    controller_id BIGINT,
    subject_table VARCHAR,
    subject_id BIGINT,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    used_at DATETIME,
    revoked_at DATETIME,
    CONSTRAINT uq_mail_link_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_mail_link_processor_id_user_id FOREIGN KEY(processor_id, user_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_mail_link_processor_id_contact_id_controller_id FOREIGN KEY(processor_id, contact_id, controller_id) REFERENCES contact (processor_id, id, controller_id),
    CONSTRAINT ck_mail_link_somebody CHECK ((user_id IS NULL) <> (contact_id IS NULL)),
    CONSTRAINT ck_mail_link_contact_has_controller CHECK ((contact_id IS NULL) = (controller_id IS NULL)),
    CONSTRAINT ck_mail_link_token_hash_form CHECK (length(token_hash) = 64),
    CONSTRAINT uq_mail_link_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_mail_link_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_mail_link_purpose CHECK (purpose IN ('decide', 'portal', 'invitation', 'password_reset'))
);

INSERT INTO "mail_link" (id, processor_id, token_hash, purpose, user_id, contact_id, controller_id, subject_table, subject_id, created_at, expires_at, used_at, revoked_at)
SELECT id, processor_id, token_hash, purpose, user_id, contact_id, controller_id, subject_table, subject_id, created_at, expires_at, used_at, revoked_at
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE TEMP TABLE kept_rows AS SELECT * FROM "stored_file";

DROP TABLE "stored_file";

CREATE TABLE stored_file (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    name VARCHAR(255) NOT NULL,
    media_type VARCHAR NOT NULL,
    size INTEGER NOT NULL,
    sha256 VARCHAR NOT NULL,
    content BLOB NOT NULL,
    key_id VARCHAR(8) NOT NULL,
    retention_class VARCHAR(30) NOT NULL,
    retain_until DATE NOT NULL,
    CONSTRAINT ck_stored_file_size_not_negative CHECK (size >= 0),
    CONSTRAINT ck_stored_file_sha256_form CHECK (length(sha256) = 64),
    CONSTRAINT ck_stored_file_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_stored_file_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_stored_file_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_stored_file_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_stored_file_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_stored_file_retention_class CHECK (retention_class IN ('book', 'voucher', 'letter', 'work', 'incident', 'log'))
);

INSERT INTO "stored_file" (id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, name, media_type, size, sha256, content, key_id, retention_class, retain_until)
SELECT id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, name, media_type, size, sha256, content, key_id, retention_class, retain_until
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE INDEX ix_stored_file_sha256_processor_id ON stored_file (sha256, processor_id);

CREATE TABLE decision_code (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    mail_link_id BIGINT NOT NULL,
    code_hash VARCHAR NOT NULL,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    attempts INTEGER NOT NULL,
    used_at DATETIME,
    CONSTRAINT fk_decision_code_processor_id_mail_link_id FOREIGN KEY(processor_id, mail_link_id) REFERENCES mail_link (processor_id, id),
    CONSTRAINT ck_decision_code_code_hash_form CHECK (length(code_hash) = 64),
    CONSTRAINT uq_decision_code_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_decision_code_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_decision_code_mail_link_id_processor_id ON decision_code (mail_link_id, processor_id);

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
    CONSTRAINT uq_policy_processor_id_version_no UNIQUE (processor_id, version_no),
    CONSTRAINT ck_policy_version_counts_from_one CHECK (version_no >= 1),
    CONSTRAINT ck_policy_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_policy_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_policy_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_policy_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_policy_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

DROP INDEX ix_contract_controller_id_processor_id;

CREATE INDEX ix_contract_controller_id_id_processor_id ON contract (controller_id, id, processor_id);

CREATE TABLE datev_settings (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    version_no INTEGER NOT NULL,
    consultant INTEGER,
    client INTEGER,
    chart VARCHAR(30),
    account_length INTEGER NOT NULL,
    fiscal_year_month INTEGER NOT NULL,
    locked BOOLEAN NOT NULL,
    service_dates BOOLEAN NOT NULL,
    accounts VARCHAR NOT NULL,
    CONSTRAINT uq_datev_settings_processor_id_version_no UNIQUE (processor_id, version_no),
    CONSTRAINT ck_datev_settings_consultant_range CHECK (consultant BETWEEN 1001 AND 9999999),
    CONSTRAINT ck_datev_settings_client_range CHECK (client BETWEEN 1 AND 99999),
    CONSTRAINT ck_datev_settings_account_length_range CHECK (account_length BETWEEN 4 AND 8),
    CONSTRAINT ck_datev_settings_fiscal_year_month_range CHECK (fiscal_year_month BETWEEN 1 AND 12),
    CONSTRAINT ck_datev_settings_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_datev_settings_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_datev_settings_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_datev_settings_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_datev_settings_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_datev_settings_chart CHECK (chart IN ('SKR03', 'SKR04'))
);

CREATE TABLE debtor_account (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    controller_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    CONSTRAINT uq_debtor_account_controller_id_processor_id UNIQUE (controller_id, processor_id),
    CONSTRAINT uq_debtor_account_number_processor_id UNIQUE (number, processor_id),
    CONSTRAINT fk_debtor_account_processor_id_controller_id FOREIGN KEY(processor_id, controller_id) REFERENCES controller (processor_id, id),
    CONSTRAINT ck_debtor_account_number_range CHECK (number BETWEEN 10000 AND 699999999),
    CONSTRAINT ck_debtor_account_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_debtor_account_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_debtor_account_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_debtor_account_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_debtor_account_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE restored_series (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    series VARCHAR(20) NOT NULL,
    year INTEGER NOT NULL,
    backup_taken_at DATETIME NOT NULL,
    known_sequence BIGINT NOT NULL,
    last_sequence BIGINT,
    confirmed_at DATETIME,
    confirmed_by_name VARCHAR,
    evidence_note BLOB,
    CONSTRAINT uq_restored_series_series_year_recorded_at_processor_id UNIQUE (series, year, recorded_at, processor_id),
    CONSTRAINT ck_restored_series_known_not_negative CHECK (known_sequence >= 0),
    CONSTRAINT ck_restored_series_last_not_before_known CHECK (last_sequence >= known_sequence),
    CONSTRAINT ck_restored_series_confirmed_dated CHECK ((last_sequence IS NULL) = (confirmed_at IS NULL)),
    CONSTRAINT ck_restored_series_confirmed_by_somebody CHECK ((last_sequence IS NULL) = (confirmed_by_name IS NULL)),
    CONSTRAINT ck_restored_series_confirmed_with_evidence CHECK (last_sequence IS NULL OR evidence_note IS NOT NULL),
    CONSTRAINT ck_restored_series_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_restored_series_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_restored_series_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_restored_series_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_restored_series_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE mail_attachment (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    mail_id BIGINT NOT NULL,
    stored_file_id BIGINT NOT NULL,
    CONSTRAINT uq_mail_attachment_mail_id_stored_file_id_processor_id UNIQUE (mail_id, stored_file_id, processor_id),
    CONSTRAINT fk_mail_attachment_processor_id_mail_id FOREIGN KEY(processor_id, mail_id) REFERENCES mail (processor_id, id),
    CONSTRAINT fk_mail_attachment_processor_id_stored_file_id FOREIGN KEY(processor_id, stored_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_mail_attachment_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_mail_attachment_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TEMP TABLE kept_rows AS SELECT * FROM "processor_version";

DROP TABLE "processor_version";

CREATE TABLE processor_version (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    valid_from DATE NOT NULL,
    version_no INTEGER NOT NULL,
    company_name VARCHAR NOT NULL,
    street VARCHAR NOT NULL,
    postcode VARCHAR NOT NULL,
    city VARCHAR NOT NULL,
    country VARCHAR(2) NOT NULL,
    land VARCHAR(3) NOT NULL,
    time_zone VARCHAR NOT NULL,
    register_court VARCHAR,
    register_number VARCHAR,
    managing_directors VARCHAR,
    vat_id VARCHAR,
    tax_number VARCHAR,
    iban VARCHAR,
    bic VARCHAR,
    bank_name VARCHAR,
    phone VARCHAR,
    email VARCHAR,
    website VARCHAR,
    contact_person VARCHAR,
    small_business BOOLEAN NOT NULL,
    cash_basis BOOLEAN NOT NULL,
    number_pattern VARCHAR NOT NULL,
    invoice_series VARCHAR(20) NOT NULL,
    correction_series VARCHAR(20) NOT NULL,
    CONSTRAINT uq_processor_version_processor_id_valid_from_version_no UNIQUE (processor_id, valid_from, version_no),
    CONSTRAINT ck_processor_version_version_counts_from_one CHECK (version_no >= 1),
    CONSTRAINT ck_processor_version_tax_named CHECK (vat_id IS NOT NULL OR tax_number IS NOT NULL),
    CONSTRAINT ck_processor_version_series_apart CHECK (invoice_series <> correction_series),
    CONSTRAINT ck_processor_version_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_processor_version_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_processor_version_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_processor_version_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_processor_version_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

INSERT INTO "processor_version" (id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, valid_from, version_no, company_name, street, postcode, city, country, land, time_zone, register_court, register_number, managing_directors, vat_id, tax_number, iban, bic, bank_name, phone, email, website, contact_person, small_business, cash_basis, number_pattern, invoice_series, correction_series)
SELECT id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, valid_from, version_no, company_name, street, postcode, city, country, land, time_zone, register_court, register_number, managing_directors, vat_id, tax_number, iban, bic, bank_name, phone, email, website, contact_person, small_business, cash_basis, number_pattern, invoice_series, correction_series
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE TABLE bank_entry (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    digest VARCHAR NOT NULL,
    file_sha256 VARCHAR NOT NULL,
    account VARCHAR(34) NOT NULL,
    booked_on DATE NOT NULL,
    valued_on DATE NOT NULL,
    amount_cents BIGINT NOT NULL,
    bank_reference BLOB,
    end_to_end BLOB,
    remittance BLOB,
    debtor BLOB,
    debtor_iban BLOB,
    CONSTRAINT uq_bank_entry_digest_processor_id UNIQUE (digest, processor_id),
    CONSTRAINT ck_bank_entry_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_bank_entry_digest_form CHECK (length(digest) = 64),
    CONSTRAINT ck_bank_entry_file_sha256_form CHECK (length(file_sha256) = 64),
    CONSTRAINT ck_bank_entry_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_bank_entry_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_bank_entry_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_bank_entry_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_bank_entry_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE base_rate (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    valid_from DATE NOT NULL,
    hundredths INTEGER NOT NULL,
    source VARCHAR NOT NULL,
    CONSTRAINT ck_base_rate_valid_from_half_year CHECK (strftime('%m-%d', valid_from) IN ('01-01', '07-01')),
    CONSTRAINT ck_base_rate_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_base_rate_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_base_rate_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_base_rate_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_base_rate_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_base_rate_valid_from_id_processor_id ON base_rate (valid_from, id, processor_id);

CREATE TABLE legal_hold (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    ref VARCHAR NOT NULL,
    controller_id BIGINT,
    from_year INTEGER,
    reason BLOB,
    lifted_at DATETIME,
    lifted_by_id BIGINT,
    lifted_by_name VARCHAR,
    lift_reason BLOB,
    CONSTRAINT uq_legal_hold_ref_processor_id UNIQUE (ref, processor_id),
    CONSTRAINT fk_legal_hold_processor_id_controller_id FOREIGN KEY(processor_id, controller_id) REFERENCES controller (processor_id, id),
    CONSTRAINT fk_legal_hold_processor_id_lifted_by_id FOREIGN KEY(processor_id, lifted_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT ck_legal_hold_reason_given CHECK (reason IS NOT NULL),
    CONSTRAINT ck_legal_hold_year_plausible CHECK (from_year BETWEEN 1990 AND 2200),
    CONSTRAINT ck_legal_hold_lifting_whole CHECK ((lifted_at IS NULL) = (lifted_by_name IS NULL)),
    CONSTRAINT ck_legal_hold_lifted_with_reason CHECK (lifted_at IS NULL OR lift_reason IS NOT NULL),
    CONSTRAINT ck_legal_hold_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_legal_hold_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_legal_hold_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_legal_hold_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_legal_hold_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TEMP TABLE kept_rows AS SELECT * FROM "case";

DROP TABLE "case";

CREATE TABLE "case" (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    ref VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    opened_at DATETIME NOT NULL,
    legal_deadline_at DATETIME,
    controller_reference VARCHAR,
    responsible_id BIGINT,
    closed_at DATETIME,
    CONSTRAINT uq_case_ref_contract_id_processor_id UNIQUE (ref, contract_id, processor_id),
    CONSTRAINT uq_case_id_contract_id_controller_id_processor_id UNIQUE (id, contract_id, controller_id, processor_id),
    CONSTRAINT fk_case_processor_id_contract_id_controller_id FOREIGN KEY(processor_id, contract_id, controller_id) REFERENCES contract (processor_id, id, controller_id),
    CONSTRAINT fk_case_processor_id_responsible_id FOREIGN KEY(processor_id, responsible_id) REFERENCES person (processor_id, id),
    CONSTRAINT ck_case_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_case_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_case_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_case_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_case_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

INSERT INTO "case" (id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, contract_id, controller_id, ref, kind, title, opened_at, legal_deadline_at, controller_reference, responsible_id, closed_at)
SELECT id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, contract_id, controller_id, ref, kind, title, opened_at, legal_deadline_at, controller_reference, NULL, closed_at
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

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
    withdrawn_reason VARCHAR,
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

CREATE TABLE case_file (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    case_id BIGINT NOT NULL,
    stored_file_id BIGINT NOT NULL,
    note BLOB,
    CONSTRAINT fk_case_file_processor_id_case_id FOREIGN KEY(processor_id, case_id) REFERENCES "case" (processor_id, id),
    CONSTRAINT fk_case_file_processor_id_stored_file_id FOREIGN KEY(processor_id, stored_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT ck_case_file_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_case_file_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_case_file_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_case_file_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_case_file_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_case_file_case_id_processor_id ON case_file (case_id, processor_id);

CREATE TABLE incident_version (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    case_id BIGINT NOT NULL,
    known_at DATETIME,
    nature BLOB,
    occurred BLOB,
    systems BLOB,
    people_categories BLOB,
    people_count INTEGER,
    data_categories BLOB,
    record_count INTEGER,
    consequences BLOB,
    measures BLOB,
    contact_point BLOB,
    not_yet_known VARCHAR,
    root_cause BLOB,
    prevention BLOB,
    first_notice_at DATETIME,
    contained_at DATETIME,
    final_report_at DATETIME,
    CONSTRAINT fk_incident_version_processor_id_case_id FOREIGN KEY(processor_id, case_id) REFERENCES "case" (processor_id, id),
    CONSTRAINT ck_incident_version_people_not_negative CHECK (people_count >= 0),
    CONSTRAINT ck_incident_version_records_not_negative CHECK (record_count >= 0),
    CONSTRAINT ck_incident_version_known_at_whole_minute CHECK (known_at = strftime('%Y-%m-%d %H:%M:00.000000', known_at)),
    CONSTRAINT ck_incident_version_first_notice_at_whole_minute CHECK (first_notice_at = strftime('%Y-%m-%d %H:%M:00.000000', first_notice_at)),
    CONSTRAINT ck_incident_version_contained_at_whole_minute CHECK (contained_at = strftime('%Y-%m-%d %H:%M:00.000000', contained_at)),
    CONSTRAINT ck_incident_version_final_report_at_whole_minute CHECK (final_report_at = strftime('%Y-%m-%d %H:%M:00.000000', final_report_at)),
    CONSTRAINT ck_incident_version_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_incident_version_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_incident_version_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_incident_version_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_incident_version_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_incident_version_case_id_processor_id ON incident_version (case_id, processor_id);

CREATE TABLE deadline_mark (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    case_id BIGINT NOT NULL,
    code VARCHAR(10) NOT NULL,
    met_at DATETIME NOT NULL,
    note BLOB,
    CONSTRAINT fk_deadline_mark_processor_id_case_id FOREIGN KEY(processor_id, case_id) REFERENCES "case" (processor_id, id),
    CONSTRAINT ck_deadline_mark_met_at_whole_minute CHECK (met_at = strftime('%Y-%m-%d %H:%M:00.000000', met_at)),
    CONSTRAINT ck_deadline_mark_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_deadline_mark_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_deadline_mark_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_deadline_mark_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_deadline_mark_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_deadline_mark_case_id_processor_id ON deadline_mark (case_id, processor_id);

CREATE TABLE instruction (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    ref VARCHAR NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    case_id BIGINT,
    given_at DATETIME NOT NULL,
    given_by BLOB,
    channel VARCHAR(30) NOT NULL,
    content BLOB,
    confirmed_at DATETIME,
    objected_at DATETIME,
    objection BLOB,
    carried_out_at DATETIME,
    carried_out_by_id BIGINT,
    outcome BLOB,
    CONSTRAINT uq_instruction_ref_processor_id UNIQUE (ref, processor_id),
    CONSTRAINT uq_instruction_id_controller_id_processor_id UNIQUE (id, controller_id, processor_id),
    CONSTRAINT fk_instruction_processor_id_contract_id_controller_id FOREIGN KEY(processor_id, contract_id, controller_id) REFERENCES contract (processor_id, id, controller_id),
    CONSTRAINT fk_instruction_processor_id_case_id FOREIGN KEY(processor_id, case_id) REFERENCES "case" (processor_id, id),
    CONSTRAINT fk_instruction_processor_id_carried_out_by_id FOREIGN KEY(processor_id, carried_out_by_id) REFERENCES person (processor_id, id),
    CONSTRAINT ck_instruction_objection_whole CHECK ((objected_at IS NULL) = (objection IS NULL)),
    CONSTRAINT ck_instruction_given_at_whole_minute CHECK (given_at = strftime('%Y-%m-%d %H:%M:00.000000', given_at)),
    CONSTRAINT ck_instruction_confirmed_at_whole_minute CHECK (confirmed_at = strftime('%Y-%m-%d %H:%M:00.000000', confirmed_at)),
    CONSTRAINT ck_instruction_objected_at_whole_minute CHECK (objected_at = strftime('%Y-%m-%d %H:%M:00.000000', objected_at)),
    CONSTRAINT ck_instruction_carried_out_at_whole_minute CHECK (carried_out_at = strftime('%Y-%m-%d %H:%M:00.000000', carried_out_at)),
    CONSTRAINT ck_instruction_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_instruction_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_instruction_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_instruction_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_instruction_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_instruction_channel CHECK (channel IN ('portal', 'mail', 'letter', 'phone', 'in_person', 'import'))
);

CREATE INDEX ix_instruction_contract_id_processor_id ON instruction (contract_id, processor_id);

CREATE TABLE support_request (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    ref VARCHAR NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    contact_id BIGINT NOT NULL,
    case_id BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    description BLOB,
    wanted_by DATETIME,
    received_at DATETIME NOT NULL,
    confirmed_at DATETIME,
    CONSTRAINT uq_support_request_ref_processor_id UNIQUE (ref, processor_id),
    CONSTRAINT fk_support_request_processor_id_contract_id_controller_id FOREIGN KEY(processor_id, contract_id, controller_id) REFERENCES contract (processor_id, id, controller_id),
    CONSTRAINT fk_support_request_processor_id_contact_id_controller_id FOREIGN KEY(processor_id, contact_id, controller_id) REFERENCES contact (processor_id, id, controller_id),
    CONSTRAINT fk_support_request_processor_id_case_id_contract_id_controller_id FOREIGN KEY(processor_id, case_id, contract_id, controller_id) REFERENCES "case" (processor_id, id, contract_id, controller_id),
    CONSTRAINT ck_support_request_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_support_request_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_support_request_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_support_request_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_support_request_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_support_request_controller_id_processor_id ON support_request (controller_id, processor_id);

CREATE TEMP TABLE kept_rows AS SELECT * FROM "estimate";

DROP TABLE "estimate";

CREATE TABLE estimate (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    ref VARCHAR NOT NULL,
    case_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    supplements_id BIGINT,
    CONSTRAINT uq_estimate_ref_contract_id_processor_id UNIQUE (ref, contract_id, processor_id),
    CONSTRAINT uq_estimate_id_contract_id_controller_id_processor_id UNIQUE (id, contract_id, controller_id, processor_id),
    CONSTRAINT fk_estimate_processor_id_case_id_contract_id_controller_id FOREIGN KEY(processor_id, case_id, contract_id, controller_id) REFERENCES "case" (processor_id, id, contract_id, controller_id),
    CONSTRAINT fk_estimate_processor_id_supplements_id FOREIGN KEY(processor_id, supplements_id) REFERENCES estimate (processor_id, id),
    CONSTRAINT ck_estimate_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_estimate_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_estimate_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_estimate_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_estimate_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

INSERT INTO "estimate" (id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, ref, case_id, contract_id, controller_id, supplements_id)
SELECT id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, ref, case_id, contract_id, controller_id, supplements_id
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE INDEX ix_estimate_case_id_processor_id ON estimate (case_id, processor_id);

DROP INDEX ix_invoice_controller_id_processor_id;

CREATE INDEX ix_invoice_controller_id_id_processor_id ON invoice (controller_id, id, processor_id);

CREATE TABLE pass_through (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    closing_id BIGINT NOT NULL,
    number VARCHAR NOT NULL,
    issue_date DATE NOT NULL,
    issued_at DATETIME NOT NULL,
    document VARCHAR NOT NULL,
    document_sha256 VARCHAR NOT NULL,
    total_cents BIGINT NOT NULL,
    stored_file_id BIGINT,
    CONSTRAINT uq_pass_through_number_processor_id UNIQUE (number, processor_id),
    CONSTRAINT uq_pass_through_closing_id_processor_id UNIQUE (closing_id, processor_id),
    CONSTRAINT fk_pass_through_processor_id_contract_id_controller_id FOREIGN KEY(processor_id, contract_id, controller_id) REFERENCES contract (processor_id, id, controller_id),
    CONSTRAINT fk_pass_through_processor_id_closing_id_contract_id FOREIGN KEY(processor_id, closing_id, contract_id) REFERENCES closing (processor_id, id, contract_id),
    CONSTRAINT fk_pass_through_processor_id_stored_file_id FOREIGN KEY(processor_id, stored_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT ck_pass_through_total_positive CHECK (total_cents > 0),
    CONSTRAINT ck_pass_through_document_sha256_form CHECK (length(document_sha256) = 64),
    CONSTRAINT uq_pass_through_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_pass_through_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_pass_through_controller_id_id_processor_id ON pass_through (controller_id, id, processor_id);

CREATE TEMP TABLE kept_rows AS SELECT * FROM "entry";

DROP TABLE "entry";

CREATE TABLE entry (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    ref VARCHAR NOT NULL,
    case_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    CONSTRAINT uq_entry_ref_contract_id_processor_id UNIQUE (ref, contract_id, processor_id),
    CONSTRAINT uq_entry_id_contract_id_processor_id UNIQUE (id, contract_id, processor_id),
    CONSTRAINT uq_entry_id_person_id_processor_id UNIQUE (id, person_id, processor_id),
    CONSTRAINT fk_entry_processor_id_case_id_contract_id_controller_id FOREIGN KEY(processor_id, case_id, contract_id, controller_id) REFERENCES "case" (processor_id, id, contract_id, controller_id),
    CONSTRAINT fk_entry_processor_id_person_id FOREIGN KEY(processor_id, person_id) REFERENCES person (processor_id, id),
    CONSTRAINT ck_entry_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_entry_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_entry_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_entry_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_entry_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

INSERT INTO "entry" (id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, ref, case_id, contract_id, controller_id, person_id)
SELECT id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, ref, case_id, contract_id, controller_id, person_id
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE INDEX ix_entry_case_id_processor_id ON entry (case_id, processor_id);

CREATE INDEX ix_entry_person_id_id_processor_id ON entry (person_id, id, processor_id);

CREATE TABLE timer (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    case_id BIGINT NOT NULL,
    started_at DATETIME NOT NULL,
    service VARCHAR NOT NULL,
    document VARCHAR,
    travel BOOLEAN NOT NULL,
    onsite BOOLEAN NOT NULL,
    urgent BOOLEAN NOT NULL,
    note BLOB,
    CONSTRAINT uq_timer_person_id_processor_id UNIQUE (person_id, processor_id),
    CONSTRAINT fk_timer_processor_id_person_id FOREIGN KEY(processor_id, person_id) REFERENCES person (processor_id, id),
    CONSTRAINT fk_timer_processor_id_case_id FOREIGN KEY(processor_id, case_id) REFERENCES "case" (processor_id, id),
    CONSTRAINT ck_timer_started_at_whole_minute CHECK (started_at = strftime('%Y-%m-%d %H:%M:00.000000', started_at)),
    CONSTRAINT uq_timer_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_timer_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TEMP TABLE kept_rows AS SELECT * FROM "expense";

DROP TABLE "expense";

CREATE TABLE expense (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    ref VARCHAR NOT NULL,
    case_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    person_id BIGINT,
    kind VARCHAR(30) NOT NULL,
    incurred_on DATE NOT NULL,
    net_cents BIGINT NOT NULL,
    receipt BOOLEAN NOT NULL,
    receipt_file_id BIGINT,
    approved_at DATETIME,
    remedies_processor_defect BOOLEAN NOT NULL,
    in_name_of_client BOOLEAN NOT NULL,
    description BLOB,
    withdrawn_at DATETIME,
    CONSTRAINT uq_expense_ref_contract_id_processor_id UNIQUE (ref, contract_id, processor_id),
    CONSTRAINT uq_expense_id_contract_id_processor_id UNIQUE (id, contract_id, processor_id),
    CONSTRAINT fk_expense_processor_id_case_id_contract_id_controller_id FOREIGN KEY(processor_id, case_id, contract_id, controller_id) REFERENCES "case" (processor_id, id, contract_id, controller_id),
    CONSTRAINT fk_expense_processor_id_person_id FOREIGN KEY(processor_id, person_id) REFERENCES person (processor_id, id),
    CONSTRAINT fk_expense_processor_id_receipt_file_id FOREIGN KEY(processor_id, receipt_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT ck_expense_net_not_negative CHECK (net_cents >= 0),
    CONSTRAINT ck_expense_approved_at_whole_minute CHECK (approved_at = strftime('%Y-%m-%d %H:%M:00.000000', approved_at)),
    CONSTRAINT ck_expense_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_expense_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_expense_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_expense_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_expense_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_expense_kind CHECK (kind IN ('travel', 'accommodation', 'per_diem', 'ancillary', 'third_party'))
);

INSERT INTO "expense" (id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, ref, case_id, contract_id, controller_id, person_id, kind, incurred_on, net_cents, receipt, receipt_file_id, approved_at, remedies_processor_defect, in_name_of_client, description, withdrawn_at)
SELECT id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, ref, case_id, contract_id, controller_id, person_id, kind, incurred_on, net_cents, receipt, receipt_file_id, approved_at, remedies_processor_defect, FALSE, description, withdrawn_at
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE INDEX ix_expense_case_id_processor_id ON expense (case_id, processor_id);

CREATE TEMP TABLE kept_rows AS SELECT * FROM "estimate_version";

DROP TABLE "estimate_version";

CREATE TABLE estimate_version (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    estimate_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    version_no INTEGER NOT NULL,
    state VARCHAR(30) NOT NULL,
    description BLOB,
    lines VARCHAR NOT NULL,
    positions BLOB,
    sha256 VARCHAR,
    sent_at DATETIME,
    valid_until DATETIME,
    covers_from DATETIME,
    CONSTRAINT uq_estimate_version_estimate_id_version_no_processor_id UNIQUE (estimate_id, version_no, processor_id),
    CONSTRAINT uq_estimate_version_id_controller_id_processor_id UNIQUE (id, controller_id, processor_id),
    CONSTRAINT fk_estimate_version_processor_id_estimate_id_contract_id_controller_id FOREIGN KEY(processor_id, estimate_id, contract_id, controller_id) REFERENCES estimate (processor_id, id, contract_id, controller_id),
    CONSTRAINT ck_estimate_version_version_counts_from_one CHECK (version_no >= 1),
    CONSTRAINT ck_estimate_version_sent_is_sealed CHECK (state IN ('draft', 'withdrawn') OR sha256 IS NOT NULL AND sent_at IS NOT NULL),
    CONSTRAINT ck_estimate_version_sha256_form CHECK (length(sha256) = 64),
    CONSTRAINT ck_estimate_version_covers_from_whole_minute CHECK (covers_from = strftime('%Y-%m-%d %H:%M:00.000000', covers_from)),
    CONSTRAINT ck_estimate_version_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_estimate_version_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_estimate_version_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_estimate_version_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_estimate_version_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_estimate_version_state CHECK (state IN ('draft', 'sent', 'questioned', 'approved', 'declined', 'expired', 'superseded', 'withdrawn'))
);

INSERT INTO "estimate_version" (id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, estimate_id, contract_id, controller_id, version_no, state, description, lines, positions, sha256, sent_at, valid_until, covers_from)
SELECT id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, estimate_id, contract_id, controller_id, version_no, state, description, lines, NULL, sha256, sent_at, valid_until, NULL
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE TABLE export_batch_item (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    superseded_at DATETIME,
    CONSTRAINT uq_export_batch_item_batch_id_invoice_id_processor_id UNIQUE (batch_id, invoice_id, processor_id),
    CONSTRAINT fk_export_batch_item_processor_id_batch_id FOREIGN KEY(processor_id, batch_id) REFERENCES export_batch (processor_id, id),
    CONSTRAINT fk_export_batch_item_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT uq_export_batch_item_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_export_batch_item_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_export_batch_item_invoice_id_processor_id ON export_batch_item (invoice_id, processor_id);

CREATE UNIQUE INDEX uq_export_batch_item_living ON export_batch_item (invoice_id, processor_id) WHERE superseded_at IS NULL;

CREATE TEMP TABLE kept_rows AS SELECT * FROM "invoice_file";

DROP TABLE "invoice_file";

CREATE TABLE invoice_file (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    kind VARCHAR(30) NOT NULL,
    stored_file_id BIGINT NOT NULL,
    created_at DATETIME NOT NULL,
    made_with VARCHAR,
    CONSTRAINT uq_invoice_file_invoice_id_kind_processor_id UNIQUE (invoice_id, kind, processor_id),
    CONSTRAINT fk_invoice_file_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT fk_invoice_file_processor_id_stored_file_id FOREIGN KEY(processor_id, stored_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_invoice_file_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_invoice_file_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_invoice_file_kind CHECK (kind IN ('pdf', 'xml', 'activity_record_pdf', 'activity_record_csv'))
);

INSERT INTO "invoice_file" (id, processor_id, invoice_id, kind, stored_file_id, created_at, made_with)
SELECT id, processor_id, invoice_id, kind, stored_file_id, created_at, NULL
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE TABLE sending (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    invoice_id BIGINT,
    pass_through_id BIGINT,
    number INTEGER NOT NULL,
    channel VARCHAR(30) NOT NULL,
    file_kind VARCHAR(30),
    recipient BLOB,
    recipient_digest VARCHAR NOT NULL,
    CONSTRAINT uq_sending_invoice_id_number_processor_id UNIQUE (invoice_id, number, processor_id),
    CONSTRAINT uq_sending_pass_through_id_number_processor_id UNIQUE (pass_through_id, number, processor_id),
    CONSTRAINT uq_sending_id_invoice_id_processor_id UNIQUE (id, invoice_id, processor_id),
    CONSTRAINT uq_sending_id_pass_through_id_processor_id UNIQUE (id, pass_through_id, processor_id),
    CONSTRAINT fk_sending_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT fk_sending_processor_id_pass_through_id FOREIGN KEY(processor_id, pass_through_id) REFERENCES pass_through (processor_id, id),
    CONSTRAINT ck_sending_one_document CHECK ((invoice_id IS NULL) <> (pass_through_id IS NULL)),
    CONSTRAINT ck_sending_number_positive CHECK (number >= 1),
    CONSTRAINT ck_sending_file_by_mail CHECK ((channel = 'mail') = (file_kind IS NOT NULL)),
    CONSTRAINT ck_sending_recipient_digest_form CHECK (length(recipient_digest) = 64),
    CONSTRAINT ck_sending_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_sending_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_sending_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_sending_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_sending_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_sending_channel CHECK (channel IN ('mail', 'portal')),
    CONSTRAINT ck_sending_file_kind CHECK (file_kind IN ('pdf', 'xml', 'activity_record_pdf', 'activity_record_csv'))
);

CREATE TABLE invoice_check (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    checked_at DATETIME NOT NULL,
    stage VARCHAR(30) NOT NULL,
    rules_version VARCHAR NOT NULL,
    rules_sha256 VARCHAR NOT NULL,
    xml_sha256 VARCHAR NOT NULL,
    outcome VARCHAR(30) NOT NULL,
    report VARCHAR NOT NULL,
    CONSTRAINT fk_invoice_check_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT ck_invoice_check_rules_sha256_form CHECK (length(rules_sha256) = 64),
    CONSTRAINT ck_invoice_check_xml_sha256_form CHECK (length(xml_sha256) = 64),
    CONSTRAINT uq_invoice_check_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_invoice_check_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_invoice_check_stage CHECK (stage IN ('issue', 'delivery')),
    CONSTRAINT ck_invoice_check_outcome CHECK (outcome IN ('passed', 'failed'))
);

CREATE INDEX ix_invoice_check_invoice_id_processor_id ON invoice_check (invoice_id, processor_id);

CREATE TEMP TABLE kept_rows AS SELECT * FROM "payment";

DROP TABLE "payment";

CREATE TABLE payment (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    invoice_id BIGINT NOT NULL,
    paid_on DATE NOT NULL,
    amount_cents BIGINT NOT NULL,
    bank_reference BLOB,
    bank_entry_id BIGINT,
    reverses_id BIGINT,
    reason BLOB,
    CONSTRAINT uq_payment_id_invoice_id_processor_id UNIQUE (id, invoice_id, processor_id),
    CONSTRAINT fk_payment_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT fk_payment_processor_id_bank_entry_id FOREIGN KEY(processor_id, bank_entry_id) REFERENCES bank_entry (processor_id, id),
    CONSTRAINT fk_payment_processor_id_reverses_id_invoice_id FOREIGN KEY(processor_id, reverses_id, invoice_id) REFERENCES payment (processor_id, id, invoice_id),
    CONSTRAINT ck_payment_amount_not_zero CHECK (amount_cents <> 0),
    CONSTRAINT ck_payment_reversal_has_reason CHECK (reverses_id IS NULL OR reason IS NOT NULL),
    CONSTRAINT ck_payment_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_payment_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_payment_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_payment_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_payment_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

INSERT INTO "payment" (id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, invoice_id, paid_on, amount_cents, bank_reference, bank_entry_id, reverses_id, reason)
SELECT id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, invoice_id, paid_on, amount_cents, bank_reference, NULL, NULL, NULL
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE INDEX ix_payment_bank_entry_id_processor_id ON payment (bank_entry_id, processor_id);

CREATE INDEX ix_payment_invoice_id_processor_id ON payment (invoice_id, processor_id);

CREATE UNIQUE INDEX uq_payment_reversal ON payment (reverses_id, processor_id) WHERE reverses_id IS NOT NULL;

CREATE TEMP TABLE kept_rows AS SELECT * FROM "reminder";

DROP TABLE "reminder";

CREATE TABLE reminder (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    invoice_id BIGINT NOT NULL,
    level INTEGER NOT NULL,
    sent_on DATE NOT NULL,
    open_cents BIGINT NOT NULL,
    interest_cents BIGINT NOT NULL,
    flat_fee_cents BIGINT NOT NULL,
    channel VARCHAR(30) NOT NULL,
    document VARCHAR NOT NULL,
    document_sha256 VARCHAR NOT NULL,
    stored_file_id BIGINT,
    mail_id BIGINT,
    received_on DATE,
    CONSTRAINT uq_reminder_invoice_id_level_processor_id UNIQUE (invoice_id, level, processor_id),
    CONSTRAINT fk_reminder_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT fk_reminder_processor_id_stored_file_id FOREIGN KEY(processor_id, stored_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT fk_reminder_processor_id_mail_id FOREIGN KEY(processor_id, mail_id) REFERENCES mail (processor_id, id),
    CONSTRAINT ck_reminder_level_positive CHECK (level >= 1),
    CONSTRAINT ck_reminder_amounts_not_negative CHECK (open_cents >= 0 AND interest_cents >= 0 AND flat_fee_cents >= 0),
    CONSTRAINT ck_reminder_received_after_sent CHECK (received_on >= sent_on),
    CONSTRAINT ck_reminder_document_sha256_form CHECK (length(document_sha256) = 64),
    CONSTRAINT ck_reminder_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_reminder_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_reminder_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_reminder_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_reminder_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_reminder_channel CHECK (channel IN ('portal', 'mail', 'letter', 'phone', 'in_person', 'import'))
);

INSERT INTO "reminder" (id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, invoice_id, level, sent_on, open_cents, interest_cents, flat_fee_cents, channel, document, document_sha256, stored_file_id, mail_id, received_on)
SELECT id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, invoice_id, level, sent_on, 0, interest_cents, flat_fee_cents, 'letter', '{}', '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', NULL, NULL, NULL
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE INDEX ix_reminder_mail_id_processor_id ON reminder (mail_id, processor_id);

CREATE UNIQUE INDEX uq_reminder_flat_fee ON reminder (invoice_id, processor_id) WHERE flat_fee_cents > 0;

CREATE TABLE write_off_proposal (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    invoice_id BIGINT NOT NULL,
    amount_cents BIGINT NOT NULL,
    reason BLOB,
    decided_at DATETIME,
    decided_by_id BIGINT,
    decided_by_name VARCHAR,
    accepted BOOLEAN,
    decision_reason BLOB,
    CONSTRAINT fk_write_off_proposal_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT fk_write_off_proposal_processor_id_decided_by_id FOREIGN KEY(processor_id, decided_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT ck_write_off_proposal_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_write_off_proposal_decision_whole CHECK ((decided_at IS NULL) = (accepted IS NULL)),
    CONSTRAINT ck_write_off_proposal_decider_named CHECK (decided_at IS NULL OR decided_by_id IS NOT NULL OR decided_by_name IS NOT NULL),
    CONSTRAINT ck_write_off_proposal_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_write_off_proposal_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_write_off_proposal_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_write_off_proposal_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_write_off_proposal_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_write_off_proposal_invoice_id_processor_id ON write_off_proposal (invoice_id, processor_id);

CREATE UNIQUE INDEX uq_write_off_proposal_open ON write_off_proposal (invoice_id, processor_id) WHERE decided_at IS NULL;

CREATE UNIQUE INDEX uq_written_off_entry ON written_off (entry_id, processor_id) WHERE entry_id IS NOT NULL;

CREATE TABLE proposal (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    entry_id BIGINT NOT NULL,
    kind VARCHAR(30) NOT NULL,
    content VARCHAR NOT NULL,
    reason BLOB,
    decided_at DATETIME,
    decided_by_id BIGINT,
    decided_by_name VARCHAR,
    accepted BOOLEAN,
    decision_reason BLOB,
    CONSTRAINT fk_proposal_processor_id_entry_id FOREIGN KEY(processor_id, entry_id) REFERENCES entry (processor_id, id),
    CONSTRAINT fk_proposal_processor_id_decided_by_id FOREIGN KEY(processor_id, decided_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT ck_proposal_decision_whole CHECK ((decided_at IS NULL) = (accepted IS NULL)),
    CONSTRAINT ck_proposal_decider_named CHECK (decided_at IS NULL OR decided_by_id IS NOT NULL OR decided_by_name IS NOT NULL),
    CONSTRAINT ck_proposal_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_proposal_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_proposal_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_proposal_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_proposal_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_proposal_kind CHECK (kind IN ('reclassify', 'write_off'))
);

CREATE INDEX ix_proposal_entry_id_processor_id ON proposal (entry_id, processor_id);

CREATE UNIQUE INDEX uq_proposal_open ON proposal (entry_id, processor_id) WHERE decided_at IS NULL;

CREATE TEMP TABLE kept_rows AS SELECT * FROM "delivery";

DROP TABLE "delivery";

CREATE TABLE delivery (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    invoice_id BIGINT,
    pass_through_id BIGINT,
    sending_id BIGINT,
    attempted_at DATETIME NOT NULL,
    channel VARCHAR NOT NULL,
    recipient BLOB,
    recipient_digest VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    outcome VARCHAR(30) NOT NULL,
    answer VARCHAR,
    CONSTRAINT uq_delivery_id_invoice_id_processor_id UNIQUE (id, invoice_id, processor_id),
    CONSTRAINT fk_delivery_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT fk_delivery_processor_id_pass_through_id FOREIGN KEY(processor_id, pass_through_id) REFERENCES pass_through (processor_id, id),
    CONSTRAINT fk_delivery_processor_id_sending_id_invoice_id FOREIGN KEY(processor_id, sending_id, invoice_id) REFERENCES sending (processor_id, id, invoice_id),
    CONSTRAINT fk_delivery_processor_id_sending_id_pass_through_id FOREIGN KEY(processor_id, sending_id, pass_through_id) REFERENCES sending (processor_id, id, pass_through_id),
    CONSTRAINT ck_delivery_one_document CHECK ((invoice_id IS NULL) <> (pass_through_id IS NULL)),
    CONSTRAINT uq_delivery_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_delivery_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_delivery_outcome CHECK (outcome IN ('accepted', 'deferred', 'rejected', 'failed'))
);

INSERT INTO "delivery" (id, processor_id, invoice_id, pass_through_id, sending_id, attempted_at, channel, recipient, recipient_digest, message_id, outcome, answer)
SELECT id, processor_id, invoice_id, NULL, NULL, attempted_at, channel, recipient, recipient_digest, message_id, outcome, answer
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE INDEX ix_delivery_invoice_id_processor_id ON delivery (invoice_id, processor_id);

CREATE INDEX ix_delivery_pass_through_id_processor_id ON delivery (pass_through_id, processor_id);

CREATE TEMP TABLE kept_rows AS SELECT * FROM "receipt";

DROP TABLE "receipt";

CREATE TABLE receipt (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    processor_id BIGINT NOT NULL,
    recorded_at DATETIME NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    invoice_id BIGINT NOT NULL,
    received_on DATE,
    source VARCHAR(30) NOT NULL,
    land VARCHAR(3) NOT NULL,
    delivery_id BIGINT,
    evidence_note BLOB,
    CONSTRAINT fk_receipt_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT fk_receipt_processor_id_delivery_id_invoice_id FOREIGN KEY(processor_id, delivery_id, invoice_id) REFERENCES delivery (processor_id, id, invoice_id),
    CONSTRAINT ck_receipt_delivered_or_proved CHECK (source = 'manual' OR received_on IS NOT NULL),
    CONSTRAINT ck_receipt_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_receipt_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES user (processor_id, id),
    CONSTRAINT fk_receipt_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_receipt_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_receipt_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_receipt_source CHECK (source IN ('mail', 'portal', 'manual'))
);

INSERT INTO "receipt" (id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, invoice_id, received_on, source, land, delivery_id, evidence_note)
SELECT id, processor_id, recorded_at, recorded_by_id, recorded_by_name, evidence_file_id, invoice_id, received_on, 'manual', 'BW', NULL, evidence_note
FROM kept_rows ORDER BY id;

DROP TABLE kept_rows;

CREATE INDEX ix_receipt_invoice_id_processor_id ON receipt (invoice_id, processor_id);

UPDATE sqlite_sequence SET seq = k.seq FROM kept_counters k WHERE k.name = sqlite_sequence.name;

INSERT INTO sqlite_sequence (name, seq) SELECT k.name, k.seq FROM kept_counters k
WHERE k.name NOT IN (SELECT s.name FROM sqlite_sequence s);

DROP TABLE kept_counters;
