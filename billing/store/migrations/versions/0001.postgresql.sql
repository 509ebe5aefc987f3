CREATE TABLE login_attempt (
    id BIGSERIAL NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    email_digest VARCHAR NOT NULL,
    secret_digest VARCHAR NOT NULL,
    address_prefix VARCHAR NOT NULL,
    succeeded BOOLEAN NOT NULL,
    CONSTRAINT pk_login_attempt PRIMARY KEY (id)
);

CREATE INDEX ix_login_attempt_email_digest_at ON login_attempt (email_digest, at);

CREATE TABLE processor (
    id BIGSERIAL NOT NULL,
    ref VARCHAR COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_processor PRIMARY KEY (id),
    CONSTRAINT uq_processor_ref UNIQUE (ref)
);

CREATE TABLE number_series (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    series VARCHAR(20) NOT NULL,
    year INTEGER NOT NULL,
    last_sequence BIGINT NOT NULL,
    last_issue_date DATE,
    CONSTRAINT pk_number_series PRIMARY KEY (id),
    CONSTRAINT uq_number_series_series_year_processor_id UNIQUE (series, year, processor_id),
    CONSTRAINT ck_number_series_last_not_negative CHECK (last_sequence >= 0),
    CONSTRAINT uq_number_series_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_number_series_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE audit_log (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    prev_hash VARCHAR NOT NULL,
    hash VARCHAR NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    details VARCHAR NOT NULL,
    CONSTRAINT pk_audit_log PRIMARY KEY (id),
    CONSTRAINT uq_audit_log_processor_id_seq UNIQUE (processor_id, seq),
    CONSTRAINT ck_audit_log_seq_positive CHECK (seq >= 1),
    CONSTRAINT ck_audit_log_prev_hash_form CHECK (length(prev_hash) = 64),
    CONSTRAINT ck_audit_log_hash_form CHECK (length(hash) = 64),
    CONSTRAINT uq_audit_log_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_audit_log_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_audit_log_subject_processor_id ON audit_log (subject, processor_id);

CREATE TABLE access_log (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    day DATE NOT NULL,
    seq BIGINT NOT NULL,
    prev_hash VARCHAR NOT NULL,
    hash VARCHAR NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    details VARCHAR NOT NULL,
    CONSTRAINT pk_access_log PRIMARY KEY (id),
    CONSTRAINT uq_access_log_processor_id_day_seq UNIQUE (processor_id, day, seq),
    CONSTRAINT ck_access_log_seq_positive CHECK (seq >= 1),
    CONSTRAINT ck_access_log_prev_hash_form CHECK (length(prev_hash) = 64),
    CONSTRAINT ck_access_log_hash_form CHECK (length(hash) = 64),
    CONSTRAINT uq_access_log_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_access_log_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE retention_record (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    table_name VARCHAR NOT NULL,
    row_id BIGINT NOT NULL,
    retention_class VARCHAR(30) NOT NULL,
    retained_until DATE NOT NULL,
    recorded_on DATE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_name VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    CONSTRAINT pk_retention_record PRIMARY KEY (id),
    CONSTRAINT uq_retention_record_table_name_row_id_processor_id UNIQUE (table_name, row_id, processor_id),
    CONSTRAINT ck_retention_record_time_has_run_out CHECK (retained_until <= recorded_on),
    CONSTRAINT uq_retention_record_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_retention_record_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_retention_record_retention_class CHECK (retention_class IN ('voucher', 'letter', 'work', 'incident', 'log'))
);

CREATE TABLE outbox (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    subject_table VARCHAR NOT NULL,
    subject_id BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    error VARCHAR,
    not_before TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_outbox PRIMARY KEY (id),
    CONSTRAINT uq_outbox_kind_subject_table_subject_id_processor_id UNIQUE (kind, subject_table, subject_id, processor_id),
    CONSTRAINT ck_outbox_attempts_not_negative CHECK (attempts >= 0),
    CONSTRAINT uq_outbox_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_outbox_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_outbox_open ON outbox (not_before) WHERE done_at IS NULL;

CREATE TABLE person (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    ref VARCHAR COLLATE "C" NOT NULL,
    initials VARCHAR(10) NOT NULL,
    name BYTEA,
    left_on DATE,
    confidentiality_pledged_on DATE,
    CONSTRAINT pk_person PRIMARY KEY (id),
    CONSTRAINT uq_person_ref_processor_id UNIQUE (ref, processor_id),
    CONSTRAINT uq_person_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_person_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE controller (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    ref VARCHAR COLLATE "C" NOT NULL,
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
    restricted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_controller PRIMARY KEY (id),
    CONSTRAINT uq_controller_ref_processor_id UNIQUE (ref, processor_id),
    CONSTRAINT ck_controller_country_form CHECK (length(country) = 2),
    CONSTRAINT uq_controller_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_controller_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_controller_vat_case CHECK (vat_case IN ('domestic', 'reverse_charge', 'third_country'))
);

CREATE TABLE contact (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    name BYTEA,
    email BYTEA,
    email_digest VARCHAR(64) NOT NULL,
    phone BYTEA,
    may_approve BOOLEAN NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_contact PRIMARY KEY (id),
    CONSTRAINT uq_contact_id_controller_id_processor_id UNIQUE (id, controller_id, processor_id),
    CONSTRAINT uq_contact_controller_id_email_digest_processor_id UNIQUE (controller_id, email_digest, processor_id),
    CONSTRAINT fk_contact_processor_id_controller_id FOREIGN KEY(processor_id, controller_id) REFERENCES controller (processor_id, id),
    CONSTRAINT uq_contact_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_contact_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE site (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    CONSTRAINT pk_site PRIMARY KEY (id),
    CONSTRAINT uq_site_controller_id_name_processor_id UNIQUE (controller_id, name, processor_id),
    CONSTRAINT fk_site_processor_id_controller_id FOREIGN KEY(processor_id, controller_id) REFERENCES controller (processor_id, id),
    CONSTRAINT uq_site_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_site_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_site_controller_id_processor_id ON site (controller_id, processor_id);

CREATE TABLE "user" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    person_id BIGINT,
    contact_id BIGINT,
    controller_id BIGINT,
    email BYTEA,
    email_digest VARCHAR(64) NOT NULL,
    password_hash VARCHAR,
    password_changed_at TIMESTAMP WITH TIME ZONE,
    totp_secret BYTEA,
    last_totp_step BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_user PRIMARY KEY (id),
    CONSTRAINT uq_user_email_digest_processor_id UNIQUE (email_digest, processor_id),
    CONSTRAINT fk_user_processor_id_person_id FOREIGN KEY(processor_id, person_id) REFERENCES person (processor_id, id),
    CONSTRAINT fk_user_processor_id_contact_id_controller_id FOREIGN KEY(processor_id, contact_id, controller_id) REFERENCES contact (processor_id, id, controller_id),
    CONSTRAINT ck_user_somebody CHECK ((person_id IS NULL) <> (contact_id IS NULL)),
    CONSTRAINT ck_user_contact_has_controller CHECK ((contact_id IS NULL) = (controller_id IS NULL)),
    CONSTRAINT uq_user_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_user_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_user_email_digest ON "user" (email_digest);

CREATE TABLE recovery_code (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    code_hash VARCHAR NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_recovery_code PRIMARY KEY (id),
    CONSTRAINT uq_recovery_code_user_id_code_hash_processor_id UNIQUE (user_id, code_hash, processor_id),
    CONSTRAINT fk_recovery_code_processor_id_user_id FOREIGN KEY(processor_id, user_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT uq_recovery_code_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_recovery_code_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE session (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    token_hash VARCHAR NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    second_factor_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_session PRIMARY KEY (id),
    CONSTRAINT uq_session_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_session_processor_id_user_id FOREIGN KEY(processor_id, user_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT ck_session_token_hash_form CHECK (length(token_hash) = 64),
    CONSTRAINT uq_session_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_session_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_session_user_id_processor_id ON session (user_id, processor_id);

CREATE TABLE api_token (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    label VARCHAR NOT NULL,
    token_hash VARCHAR NOT NULL,
    scopes VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_token PRIMARY KEY (id),
    CONSTRAINT uq_api_token_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_api_token_processor_id_user_id FOREIGN KEY(processor_id, user_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT ck_api_token_token_hash_form CHECK (length(token_hash) = 64),
    CONSTRAINT uq_api_token_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_api_token_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_api_token_user_id_processor_id ON api_token (user_id, processor_id);

CREATE TABLE mail_link (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    token_hash VARCHAR NOT NULL,
    purpose VARCHAR(30) NOT NULL,
    user_id BIGINT,
    contact_id BIGINT,
    controller_id BIGINT,
    subject_table VARCHAR,
    subject_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_mail_link PRIMARY KEY (id),
    CONSTRAINT uq_mail_link_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_mail_link_processor_id_user_id FOREIGN KEY(processor_id, user_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_mail_link_processor_id_contact_id_controller_id FOREIGN KEY(processor_id, contact_id, controller_id) REFERENCES contact (processor_id, id, controller_id),
    CONSTRAINT ck_mail_link_somebody CHECK ((user_id IS NULL) <> (contact_id IS NULL)),
    CONSTRAINT ck_mail_link_contact_has_controller CHECK ((contact_id IS NULL) = (controller_id IS NULL)),
    CONSTRAINT ck_mail_link_token_hash_form CHECK (length(token_hash) = 64),
    CONSTRAINT uq_mail_link_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_mail_link_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_mail_link_purpose CHECK (purpose IN ('decide', 'invitation', 'password_reset'))
);

CREATE TABLE idempotency_key (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    key VARCHAR(255) NOT NULL,
    request_sha256 VARCHAR NOT NULL,
    status INTEGER,
    response BYTEA,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_idempotency_key PRIMARY KEY (id),
    CONSTRAINT uq_idempotency_key_user_id_key_processor_id UNIQUE (user_id, key, processor_id),
    CONSTRAINT fk_idempotency_key_processor_id_user_id FOREIGN KEY(processor_id, user_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT ck_idempotency_key_request_sha256_form CHECK (length(request_sha256) = 64),
    CONSTRAINT uq_idempotency_key_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_idempotency_key_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE stored_file (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    name VARCHAR(255) NOT NULL,
    media_type VARCHAR NOT NULL,
    size INTEGER NOT NULL,
    sha256 VARCHAR NOT NULL,
    content BYTEA NOT NULL,
    key_id VARCHAR(8) NOT NULL,
    retention_class VARCHAR(30) NOT NULL,
    retain_until DATE NOT NULL,
    CONSTRAINT pk_stored_file PRIMARY KEY (id),
    CONSTRAINT ck_stored_file_size_not_negative CHECK (size >= 0),
    CONSTRAINT ck_stored_file_sha256_form CHECK (length(sha256) = 64),
    CONSTRAINT ck_stored_file_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_stored_file_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_stored_file_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_stored_file_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_stored_file_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_stored_file_retention_class CHECK (retention_class IN ('voucher', 'letter', 'work', 'incident', 'log'))
);

CREATE INDEX ix_stored_file_sha256_processor_id ON stored_file (sha256, processor_id);

CREATE TABLE run (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    month VARCHAR COLLATE "C" NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE NOT NULL,
    as_of_fixed BOOLEAN NOT NULL,
    started_by_id BIGINT,
    started_by_name VARCHAR,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_run PRIMARY KEY (id),
    CONSTRAINT fk_run_processor_id_started_by_id FOREIGN KEY(processor_id, started_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT ck_run_starter_named CHECK (started_by_id IS NOT NULL OR started_by_name IS NOT NULL),
    CONSTRAINT ck_run_month_form CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    CONSTRAINT ck_run_as_of_whole_minute CHECK (extract(second from as_of) = 0),
    CONSTRAINT uq_run_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_run_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_run_month_processor_id ON run (month, processor_id);

CREATE TABLE role_grant (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    user_id BIGINT NOT NULL,
    role VARCHAR(30) NOT NULL,
    reason VARCHAR NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    revoked_by_id BIGINT,
    CONSTRAINT pk_role_grant PRIMARY KEY (id),
    CONSTRAINT fk_role_grant_processor_id_user_id FOREIGN KEY(processor_id, user_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_role_grant_processor_id_revoked_by_id FOREIGN KEY(processor_id, revoked_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT ck_role_grant_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_role_grant_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_role_grant_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_role_grant_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_role_grant_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_role_grant_role CHECK (role IN ('staff', 'lead', 'accountant', 'admin', 'auditor', 'controller_approver', 'controller_reader'))
);

CREATE INDEX ix_role_grant_user_id_processor_id ON role_grant (user_id, processor_id);

CREATE TABLE contract (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    ref VARCHAR COLLATE "C" NOT NULL,
    controller_id BIGINT NOT NULL,
    number VARCHAR NOT NULL,
    term_set VARCHAR NOT NULL,
    signed_on DATE,
    starts_on DATE NOT NULL,
    ended_on DATE,
    CONSTRAINT pk_contract PRIMARY KEY (id),
    CONSTRAINT uq_contract_ref_processor_id UNIQUE (ref, processor_id),
    CONSTRAINT uq_contract_id_controller_id_processor_id UNIQUE (id, controller_id, processor_id),
    CONSTRAINT fk_contract_processor_id_controller_id FOREIGN KEY(processor_id, controller_id) REFERENCES controller (processor_id, id),
    CONSTRAINT ck_contract_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_contract_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_contract_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_contract_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_contract_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_contract_controller_id_processor_id ON contract (controller_id, processor_id);

CREATE TABLE holiday_set (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    land VARCHAR NOT NULL,
    package_version VARCHAR NOT NULL,
    dates VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    CONSTRAINT pk_holiday_set PRIMARY KEY (id),
    CONSTRAINT uq_holiday_set_sha256_processor_id UNIQUE (sha256, processor_id),
    CONSTRAINT ck_holiday_set_sha256_form CHECK (length(sha256) = 64),
    CONSTRAINT ck_holiday_set_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_holiday_set_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_holiday_set_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_holiday_set_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_holiday_set_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE processor_version (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
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
    CONSTRAINT pk_processor_version PRIMARY KEY (id),
    CONSTRAINT uq_processor_version_valid_from_version_no_processor_id UNIQUE (valid_from, version_no, processor_id),
    CONSTRAINT ck_processor_version_version_counts_from_one CHECK (version_no >= 1),
    CONSTRAINT ck_processor_version_tax_named CHECK (vat_id IS NOT NULL OR tax_number IS NOT NULL),
    CONSTRAINT ck_processor_version_series_apart CHECK (invoice_series <> correction_series),
    CONSTRAINT ck_processor_version_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_processor_version_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_processor_version_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_processor_version_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_processor_version_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE import_batch (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    file_name VARCHAR NOT NULL,
    file_sha256 VARCHAR NOT NULL,
    format VARCHAR NOT NULL,
    time_zone VARCHAR,
    row_count INTEGER NOT NULL,
    CONSTRAINT pk_import_batch PRIMARY KEY (id),
    CONSTRAINT ck_import_batch_file_sha256_form CHECK (length(file_sha256) = 64),
    CONSTRAINT ck_import_batch_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_import_batch_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_import_batch_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_import_batch_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_import_batch_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE "case" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    ref VARCHAR COLLATE "C" NOT NULL,
    kind VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    legal_deadline_at TIMESTAMP WITH TIME ZONE,
    controller_reference VARCHAR,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_case PRIMARY KEY (id),
    CONSTRAINT uq_case_contract_id_ref_processor_id UNIQUE (contract_id, ref, processor_id),
    CONSTRAINT uq_case_id_contract_id_controller_id_processor_id UNIQUE (id, contract_id, controller_id, processor_id),
    CONSTRAINT fk_case_processor_id_contract_id_controller_id FOREIGN KEY(processor_id, contract_id, controller_id) REFERENCES contract (processor_id, id, controller_id),
    CONSTRAINT ck_case_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_case_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_case_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_case_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_case_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE terms_version (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    contract_id BIGINT NOT NULL,
    valid_from VARCHAR COLLATE "C" NOT NULL,
    version_no INTEGER NOT NULL,
    terms VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    CONSTRAINT pk_terms_version PRIMARY KEY (id),
    CONSTRAINT uq_terms_version_contract_id_valid_from_version_no_processor_id UNIQUE (contract_id, valid_from, version_no, processor_id),
    CONSTRAINT fk_terms_version_processor_id_contract_id FOREIGN KEY(processor_id, contract_id) REFERENCES contract (processor_id, id),
    CONSTRAINT ck_terms_version_version_counts_from_one CHECK (version_no >= 1),
    CONSTRAINT ck_terms_version_valid_from_form CHECK (valid_from ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    CONSTRAINT ck_terms_version_sha256_form CHECK (length(sha256) = 64),
    CONSTRAINT ck_terms_version_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_terms_version_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_terms_version_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_terms_version_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_terms_version_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE opening_balance (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    kind VARCHAR(30) NOT NULL,
    contract_id BIGINT,
    series VARCHAR,
    year INTEGER,
    month VARCHAR COLLATE "C",
    subject VARCHAR,
    rate_class VARCHAR(30),
    value BIGINT NOT NULL,
    withdrawn_by_name VARCHAR,
    evidence_note BYTEA,
    CONSTRAINT pk_opening_balance PRIMARY KEY (id),
    CONSTRAINT fk_opening_balance_processor_id_contract_id FOREIGN KEY(processor_id, contract_id) REFERENCES contract (processor_id, id),
    CONSTRAINT ck_opening_balance_value_not_negative CHECK (value >= 0 AND (value > 0 OR kind <> 'next_number')),
    CONSTRAINT ck_opening_balance_number_has_series CHECK ((kind = 'next_number') = (series IS NOT NULL)),
    CONSTRAINT ck_opening_balance_others_have_contract CHECK ((kind = 'next_number') = (contract_id IS NULL)),
    CONSTRAINT ck_opening_balance_year_given CHECK (kind NOT IN ('next_number', 'document_taken', 'audit_given') OR year IS NOT NULL),
    CONSTRAINT ck_opening_balance_month_given CHECK (kind <> 'allowance_used' OR month IS NOT NULL),
    CONSTRAINT ck_opening_balance_subject_given CHECK (kind IN ('next_number', 'allowance_used') OR subject IS NOT NULL),
    CONSTRAINT ck_opening_balance_class_given CHECK ((kind = 'approval_used') = (rate_class IS NOT NULL)),
    CONSTRAINT ck_opening_balance_month_form CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    CONSTRAINT ck_opening_balance_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_opening_balance_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_opening_balance_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_opening_balance_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_opening_balance_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_opening_balance_kind CHECK (kind IN ('next_number', 'document_taken', 'audit_given', 'allowance_used', 'approval_used')),
    CONSTRAINT ck_opening_balance_rate_class CHECK (rate_class IN ('travel', 'regular', 'out_of_hours', 'night_weekend'))
);

CREATE INDEX ix_opening_balance_contract_id_processor_id ON opening_balance (contract_id, processor_id);

CREATE TABLE draft (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    month VARCHAR COLLATE "C" NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE NOT NULL,
    facts_hash VARCHAR NOT NULL,
    settlement VARCHAR NOT NULL,
    document VARCHAR,
    state VARCHAR(30) NOT NULL,
    approved_by_id BIGINT,
    approved_by_name VARCHAR,
    approved_at TIMESTAMP WITH TIME ZONE,
    approved_hash VARCHAR,
    CONSTRAINT pk_draft PRIMARY KEY (id),
    CONSTRAINT fk_draft_processor_id_run_id FOREIGN KEY(processor_id, run_id) REFERENCES run (processor_id, id),
    CONSTRAINT fk_draft_processor_id_contract_id FOREIGN KEY(processor_id, contract_id) REFERENCES contract (processor_id, id),
    CONSTRAINT fk_draft_processor_id_approved_by_id FOREIGN KEY(processor_id, approved_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT ck_draft_approved_by_somebody CHECK (state NOT IN ('approved', 'issued') OR approved_by_name IS NOT NULL AND approved_hash IS NOT NULL),
    CONSTRAINT ck_draft_month_form CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    CONSTRAINT ck_draft_facts_hash_form CHECK (length(facts_hash) = 64),
    CONSTRAINT ck_draft_approved_hash_form CHECK (length(approved_hash) = 64),
    CONSTRAINT ck_draft_as_of_whole_minute CHECK (extract(second from as_of) = 0),
    CONSTRAINT uq_draft_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_draft_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_draft_state CHECK (state IN ('draft', 'approved', 'issued', 'discarded'))
);

CREATE INDEX ix_draft_run_id_processor_id ON draft (run_id, processor_id);

CREATE UNIQUE INDEX uq_draft_living ON draft (contract_id, month, processor_id) WHERE state IN ('draft', 'approved');

CREATE TABLE closing (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    month VARCHAR COLLATE "C" NOT NULL,
    run_id BIGINT NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_by_id BIGINT,
    closed_by_name VARCHAR,
    terms_version_ids VARCHAR NOT NULL,
    terms_sha256 VARCHAR NOT NULL,
    holiday_set_id BIGINT,
    facts_hash VARCHAR NOT NULL,
    settlement VARCHAR NOT NULL,
    cancelled_by_id BIGINT,
    CONSTRAINT pk_closing PRIMARY KEY (id),
    CONSTRAINT uq_closing_id_contract_id_processor_id UNIQUE (id, contract_id, processor_id),
    CONSTRAINT fk_closing_processor_id_contract_id FOREIGN KEY(processor_id, contract_id) REFERENCES contract (processor_id, id),
    CONSTRAINT fk_closing_processor_id_run_id FOREIGN KEY(processor_id, run_id) REFERENCES run (processor_id, id),
    CONSTRAINT fk_closing_processor_id_closed_by_id FOREIGN KEY(processor_id, closed_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_closing_processor_id_holiday_set_id FOREIGN KEY(processor_id, holiday_set_id) REFERENCES holiday_set (processor_id, id),
    CONSTRAINT ck_closing_closer_named CHECK (closed_by_id IS NOT NULL OR closed_by_name IS NOT NULL),
    CONSTRAINT ck_closing_month_form CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    CONSTRAINT ck_closing_facts_hash_form CHECK (length(facts_hash) = 64),
    CONSTRAINT ck_closing_terms_sha256_form CHECK (length(terms_sha256) = 64),
    CONSTRAINT ck_closing_as_of_whole_minute CHECK (extract(second from as_of) = 0),
    CONSTRAINT uq_closing_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_closing_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE UNIQUE INDEX uq_closing_living ON closing (contract_id, month, processor_id) WHERE cancelled_by_id IS NULL;

CREATE TABLE import_row_key (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    import_batch_id BIGINT NOT NULL,
    digest VARCHAR NOT NULL,
    line INTEGER NOT NULL,
    CONSTRAINT pk_import_row_key PRIMARY KEY (id),
    CONSTRAINT uq_import_row_key_digest_processor_id UNIQUE (digest, processor_id),
    CONSTRAINT fk_import_row_key_processor_id_import_batch_id FOREIGN KEY(processor_id, import_batch_id) REFERENCES import_batch (processor_id, id),
    CONSTRAINT ck_import_row_key_digest_form CHECK (length(digest) = 64),
    CONSTRAINT uq_import_row_key_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_import_row_key_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE case_version (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    case_id BIGINT NOT NULL,
    cause VARCHAR(30),
    cause_reason BYTEA,
    controller_misconduct BOOLEAN,
    misconduct_reason BYTEA,
    urgent_notice_at TIMESTAMP WITH TIME ZONE,
    urgent_deadline_reason BYTEA,
    urgent_action_reason BYTEA,
    urgent_approval_reason BYTEA,
    onsite_agreed_at TIMESTAMP WITH TIME ZONE,
    audit_site VARCHAR,
    audit_mode VARCHAR(30),
    audit_date DATE,
    audit_finding VARCHAR(30),
    audit_extra_agreed BOOLEAN,
    evidence_note BYTEA,
    CONSTRAINT pk_case_version PRIMARY KEY (id),
    CONSTRAINT fk_case_version_processor_id_case_id FOREIGN KEY(processor_id, case_id) REFERENCES "case" (processor_id, id),
    CONSTRAINT ck_case_version_urgent_reasons_whole CHECK (urgent_deadline_reason IS NULL AND urgent_action_reason IS NULL AND urgent_approval_reason IS NULL OR urgent_deadline_reason IS NOT NULL AND urgent_action_reason IS NOT NULL AND urgent_approval_reason IS NOT NULL),
    CONSTRAINT ck_case_version_audit_whole CHECK ((audit_site IS NULL) = (audit_mode IS NULL) AND (audit_site IS NULL) = (audit_date IS NULL)),
    CONSTRAINT ck_case_version_urgent_notice_at_whole_minute CHECK (extract(second from urgent_notice_at) = 0),
    CONSTRAINT ck_case_version_onsite_agreed_at_whole_minute CHECK (extract(second from onsite_agreed_at) = 0),
    CONSTRAINT ck_case_version_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_case_version_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_case_version_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_case_version_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_case_version_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_case_version_cause CHECK (cause IN ('controller', 'third_party', 'mixed', 'processor', 'undecided')),
    CONSTRAINT ck_case_version_audit_mode CHECK (audit_mode IN ('onsite', 'remote')),
    CONSTRAINT ck_case_version_audit_finding CHECK (audit_finding IN ('none', 'pending', 'deviation', 'material'))
);

CREATE INDEX ix_case_version_case_id_processor_id ON case_version (case_id, processor_id);

CREATE TABLE estimate (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    ref VARCHAR COLLATE "C" NOT NULL,
    case_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    supplements_id BIGINT,
    CONSTRAINT pk_estimate PRIMARY KEY (id),
    CONSTRAINT uq_estimate_contract_id_ref_processor_id UNIQUE (contract_id, ref, processor_id),
    CONSTRAINT uq_estimate_id_contract_id_controller_id_processor_id UNIQUE (id, contract_id, controller_id, processor_id),
    CONSTRAINT fk_estimate_processor_id_case_id_contract_id_controller_id FOREIGN KEY(processor_id, case_id, contract_id, controller_id) REFERENCES "case" (processor_id, id, contract_id, controller_id),
    CONSTRAINT fk_estimate_processor_id_supplements_id FOREIGN KEY(processor_id, supplements_id) REFERENCES estimate (processor_id, id),
    CONSTRAINT ck_estimate_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_estimate_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_estimate_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_estimate_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_estimate_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_estimate_case_id_processor_id ON estimate (case_id, processor_id);

CREATE TABLE invoice (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    closing_id BIGINT NOT NULL,
    kind VARCHAR(30) NOT NULL,
    series VARCHAR(20) NOT NULL,
    year INTEGER NOT NULL,
    sequence BIGINT NOT NULL,
    number VARCHAR NOT NULL,
    issue_date DATE NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    service_from DATE NOT NULL,
    service_to DATE NOT NULL,
    document VARCHAR NOT NULL,
    document_sha256 VARCHAR NOT NULL,
    net_cents BIGINT NOT NULL,
    vat_cents BIGINT NOT NULL,
    gross_cents BIGINT NOT NULL,
    cancels_id BIGINT,
    CONSTRAINT pk_invoice PRIMARY KEY (id),
    CONSTRAINT uq_invoice_series_year_sequence_processor_id UNIQUE (series, year, sequence, processor_id),
    CONSTRAINT uq_invoice_number_processor_id UNIQUE (number, processor_id),
    CONSTRAINT uq_invoice_id_controller_id_processor_id UNIQUE (id, controller_id, processor_id),
    CONSTRAINT fk_invoice_processor_id_contract_id_controller_id FOREIGN KEY(processor_id, contract_id, controller_id) REFERENCES contract (processor_id, id, controller_id),
    CONSTRAINT fk_invoice_processor_id_closing_id_contract_id FOREIGN KEY(processor_id, closing_id, contract_id) REFERENCES closing (processor_id, id, contract_id),
    CONSTRAINT fk_invoice_processor_id_cancels_id_controller_id FOREIGN KEY(processor_id, cancels_id, controller_id) REFERENCES invoice (processor_id, id, controller_id),
    CONSTRAINT ck_invoice_corrects_an_invoice CHECK ((kind = 'invoice') = (cancels_id IS NULL)),
    CONSTRAINT ck_invoice_sequence_positive CHECK (sequence >= 1),
    CONSTRAINT ck_invoice_gross_is_net_plus_vat CHECK (gross_cents = net_cents + vat_cents),
    CONSTRAINT ck_invoice_service_period CHECK (service_from <= service_to),
    CONSTRAINT ck_invoice_document_sha256_form CHECK (length(document_sha256) = 64),
    CONSTRAINT uq_invoice_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_invoice_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_invoice_kind CHECK (kind IN ('invoice', 'cancellation', 'correction'))
);

CREATE INDEX ix_invoice_cancels_id_processor_id ON invoice (cancels_id, processor_id);

CREATE INDEX ix_invoice_closing_id_processor_id ON invoice (closing_id, processor_id);

CREATE INDEX ix_invoice_controller_id_processor_id ON invoice (controller_id, processor_id);

CREATE UNIQUE INDEX uq_invoice_cancellation ON invoice (cancels_id, processor_id) WHERE kind = 'cancellation';

CREATE UNIQUE INDEX uq_invoice_of_closing ON invoice (closing_id, processor_id) WHERE kind = 'invoice';

CREATE TABLE correction (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    closing_id BIGINT NOT NULL,
    scope VARCHAR(30) NOT NULL,
    reason VARCHAR NOT NULL,
    invoice_id BIGINT,
    evidence_note BYTEA,
    CONSTRAINT pk_correction PRIMARY KEY (id),
    CONSTRAINT uq_correction_id_closing_id_processor_id UNIQUE (id, closing_id, processor_id),
    CONSTRAINT fk_correction_processor_id_closing_id FOREIGN KEY(processor_id, closing_id) REFERENCES closing (processor_id, id),
    CONSTRAINT ck_correction_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_correction_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_correction_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_correction_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_correction_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_correction_scope CHECK (scope IN ('full', 'partial'))
);

CREATE UNIQUE INDEX uq_correction_full ON correction (closing_id, processor_id) WHERE scope = 'full';

CREATE TABLE entry (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    ref VARCHAR COLLATE "C" NOT NULL,
    case_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    CONSTRAINT pk_entry PRIMARY KEY (id),
    CONSTRAINT uq_entry_contract_id_ref_processor_id UNIQUE (contract_id, ref, processor_id),
    CONSTRAINT uq_entry_id_contract_id_processor_id UNIQUE (id, contract_id, processor_id),
    CONSTRAINT uq_entry_id_person_id_processor_id UNIQUE (id, person_id, processor_id),
    CONSTRAINT fk_entry_processor_id_case_id_contract_id_controller_id FOREIGN KEY(processor_id, case_id, contract_id, controller_id) REFERENCES "case" (processor_id, id, contract_id, controller_id),
    CONSTRAINT fk_entry_processor_id_person_id FOREIGN KEY(processor_id, person_id) REFERENCES person (processor_id, id),
    CONSTRAINT ck_entry_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_entry_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_entry_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_entry_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_entry_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_entry_case_id_processor_id ON entry (case_id, processor_id);

CREATE INDEX ix_entry_person_id_processor_id ON entry (person_id, processor_id);

CREATE TABLE expense (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    ref VARCHAR COLLATE "C" NOT NULL,
    case_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    person_id BIGINT,
    kind VARCHAR(30) NOT NULL,
    incurred_on DATE NOT NULL,
    net_cents BIGINT NOT NULL,
    receipt BOOLEAN NOT NULL,
    receipt_file_id BIGINT,
    approved_at TIMESTAMP WITH TIME ZONE,
    remedies_processor_defect BOOLEAN NOT NULL,
    description BYTEA,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_expense PRIMARY KEY (id),
    CONSTRAINT uq_expense_contract_id_ref_processor_id UNIQUE (contract_id, ref, processor_id),
    CONSTRAINT uq_expense_id_contract_id_processor_id UNIQUE (id, contract_id, processor_id),
    CONSTRAINT fk_expense_processor_id_case_id_contract_id_controller_id FOREIGN KEY(processor_id, case_id, contract_id, controller_id) REFERENCES "case" (processor_id, id, contract_id, controller_id),
    CONSTRAINT fk_expense_processor_id_person_id FOREIGN KEY(processor_id, person_id) REFERENCES person (processor_id, id),
    CONSTRAINT fk_expense_processor_id_receipt_file_id FOREIGN KEY(processor_id, receipt_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT ck_expense_net_not_negative CHECK (net_cents >= 0),
    CONSTRAINT ck_expense_approved_at_whole_minute CHECK (extract(second from approved_at) = 0),
    CONSTRAINT ck_expense_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_expense_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_expense_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_expense_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_expense_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_expense_kind CHECK (kind IN ('travel', 'accommodation', 'per_diem', 'ancillary', 'third_party'))
);

CREATE INDEX ix_expense_case_id_processor_id ON expense (case_id, processor_id);

CREATE TABLE segment (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    closing_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    entry_id BIGINT NOT NULL,
    from_min BIGINT NOT NULL,
    to_min BIGINT NOT NULL,
    month VARCHAR COLLATE "C" NOT NULL,
    verdict VARCHAR(30) NOT NULL,
    code VARCHAR NOT NULL,
    clause VARCHAR NOT NULL,
    rate_class VARCHAR(30),
    price_numerator BIGINT,
    price_denominator BIGINT,
    source VARCHAR,
    before_minutes INTEGER,
    after_minutes INTEGER,
    reason VARCHAR,
    released_by_id BIGINT,
    CONSTRAINT pk_segment PRIMARY KEY (id),
    CONSTRAINT fk_segment_processor_id_closing_id_contract_id FOREIGN KEY(processor_id, closing_id, contract_id) REFERENCES closing (processor_id, id, contract_id),
    CONSTRAINT fk_segment_processor_id_entry_id_contract_id FOREIGN KEY(processor_id, entry_id, contract_id) REFERENCES entry (processor_id, id, contract_id),
    CONSTRAINT fk_segment_processor_id_released_by_id_closing_id FOREIGN KEY(processor_id, released_by_id, closing_id) REFERENCES correction (processor_id, id, closing_id),
    CONSTRAINT ck_segment_from_before_to CHECK (from_min < to_min),
    CONSTRAINT ck_segment_price_whole CHECK ((price_numerator IS NULL) = (price_denominator IS NULL) AND (price_numerator >= 0 AND price_denominator > 0)),
    CONSTRAINT ck_segment_billed_has_price CHECK ((verdict = 'billed') = (price_numerator IS NOT NULL)),
    CONSTRAINT ck_segment_billed_has_class CHECK (verdict = 'free' OR rate_class IS NOT NULL),
    CONSTRAINT ck_segment_free_never_released CHECK (verdict = 'billed' OR released_by_id IS NULL),
    CONSTRAINT ck_segment_month_form CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    CONSTRAINT segment_overlap EXCLUDE USING gist (entry_id WITH =, int8range(from_min, to_min) WITH &&, processor_id WITH =) WHERE (released_by_id IS NULL),
    CONSTRAINT uq_segment_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_segment_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_segment_verdict CHECK (verdict IN ('free', 'billed')),
    CONSTRAINT ck_segment_rate_class CHECK (rate_class IN ('travel', 'regular', 'out_of_hours', 'night_weekend'))
);

CREATE INDEX ix_segment_closing_id_processor_id ON segment (closing_id, processor_id);

CREATE INDEX ix_segment_contract_id_processor_id ON segment (contract_id, processor_id);

CREATE INDEX ix_segment_entry_id_from_min_processor_id ON segment (entry_id, from_min, processor_id);

CREATE TABLE unit (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    closing_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    case_id BIGINT NOT NULL,
    group_key VARCHAR NOT NULL,
    rate_class VARCHAR(30) NOT NULL,
    price_numerator BIGINT NOT NULL,
    price_denominator BIGINT NOT NULL,
    units INTEGER NOT NULL,
    released_by_id BIGINT,
    CONSTRAINT pk_unit PRIMARY KEY (id),
    CONSTRAINT fk_unit_processor_id_closing_id_contract_id FOREIGN KEY(processor_id, closing_id, contract_id) REFERENCES closing (processor_id, id, contract_id),
    CONSTRAINT fk_unit_processor_id_case_id_contract_id_controller_id FOREIGN KEY(processor_id, case_id, contract_id, controller_id) REFERENCES "case" (processor_id, id, contract_id, controller_id),
    CONSTRAINT fk_unit_processor_id_released_by_id_closing_id FOREIGN KEY(processor_id, released_by_id, closing_id) REFERENCES correction (processor_id, id, closing_id),
    CONSTRAINT ck_unit_units_positive CHECK (units > 0),
    CONSTRAINT ck_unit_price_whole CHECK (price_numerator >= 0 AND price_denominator > 0),
    CONSTRAINT uq_unit_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_unit_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_unit_rate_class CHECK (rate_class IN ('travel', 'regular', 'out_of_hours', 'night_weekend'))
);

CREATE INDEX ix_unit_case_id_processor_id ON unit (case_id, processor_id);

CREATE INDEX ix_unit_closing_id_processor_id ON unit (closing_id, processor_id);

CREATE TABLE closing_expense (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    closing_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    expense_id BIGINT NOT NULL,
    verdict VARCHAR(30) NOT NULL,
    code VARCHAR NOT NULL,
    clause VARCHAR NOT NULL,
    net_cents BIGINT NOT NULL,
    released_by_id BIGINT,
    CONSTRAINT pk_closing_expense PRIMARY KEY (id),
    CONSTRAINT fk_closing_expense_processor_id_closing_id_contract_id FOREIGN KEY(processor_id, closing_id, contract_id) REFERENCES closing (processor_id, id, contract_id),
    CONSTRAINT fk_closing_expense_processor_id_expense_id_contract_id FOREIGN KEY(processor_id, expense_id, contract_id) REFERENCES expense (processor_id, id, contract_id),
    CONSTRAINT fk_closing_expense_processor_id_released_by_id_closing_id FOREIGN KEY(processor_id, released_by_id, closing_id) REFERENCES correction (processor_id, id, closing_id),
    CONSTRAINT ck_closing_expense_net_not_negative CHECK (net_cents >= 0),
    CONSTRAINT ck_closing_expense_free_never_released CHECK (verdict = 'billed' OR released_by_id IS NULL),
    CONSTRAINT uq_closing_expense_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_closing_expense_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_closing_expense_verdict CHECK (verdict IN ('free', 'billed'))
);

CREATE INDEX ix_closing_expense_closing_id_processor_id ON closing_expense (closing_id, processor_id);

CREATE INDEX ix_closing_expense_expense_id_processor_id ON closing_expense (expense_id, processor_id);

CREATE UNIQUE INDEX uq_closing_expense_living ON closing_expense (expense_id, processor_id) WHERE released_by_id IS NULL;

CREATE TABLE estimate_version (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    estimate_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    version_no INTEGER NOT NULL,
    state VARCHAR(30) NOT NULL,
    description BYTEA,
    lines VARCHAR NOT NULL,
    sha256 VARCHAR,
    sent_at TIMESTAMP WITH TIME ZONE,
    valid_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_estimate_version PRIMARY KEY (id),
    CONSTRAINT uq_estimate_version_estimate_id_version_no_processor_id UNIQUE (estimate_id, version_no, processor_id),
    CONSTRAINT uq_estimate_version_id_controller_id_processor_id UNIQUE (id, controller_id, processor_id),
    CONSTRAINT fk_estimate_version_processor_id_estimate_id_contract_i_f51c FOREIGN KEY(processor_id, estimate_id, contract_id, controller_id) REFERENCES estimate (processor_id, id, contract_id, controller_id),
    CONSTRAINT ck_estimate_version_version_counts_from_one CHECK (version_no >= 1),
    CONSTRAINT ck_estimate_version_sent_is_sealed CHECK (state IN ('draft', 'withdrawn') OR sha256 IS NOT NULL AND sent_at IS NOT NULL),
    CONSTRAINT ck_estimate_version_sha256_form CHECK (length(sha256) = 64),
    CONSTRAINT ck_estimate_version_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_estimate_version_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_estimate_version_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_estimate_version_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_estimate_version_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_estimate_version_state CHECK (state IN ('draft', 'sent', 'questioned', 'approved', 'declined', 'expired', 'superseded', 'withdrawn'))
);

CREATE TABLE invoice_file (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    kind VARCHAR(30) NOT NULL,
    stored_file_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_invoice_file PRIMARY KEY (id),
    CONSTRAINT uq_invoice_file_invoice_id_kind_processor_id UNIQUE (invoice_id, kind, processor_id),
    CONSTRAINT fk_invoice_file_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT fk_invoice_file_processor_id_stored_file_id FOREIGN KEY(processor_id, stored_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_invoice_file_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_invoice_file_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_invoice_file_kind CHECK (kind IN ('pdf', 'xml', 'activity_record_pdf', 'activity_record_csv'))
);

CREATE TABLE delivery (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    attempted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    channel VARCHAR NOT NULL,
    recipient BYTEA,
    recipient_digest VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    outcome VARCHAR(30) NOT NULL,
    answer VARCHAR,
    CONSTRAINT pk_delivery PRIMARY KEY (id),
    CONSTRAINT fk_delivery_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT uq_delivery_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_delivery_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_delivery_outcome CHECK (outcome IN ('accepted', 'deferred', 'rejected', 'failed'))
);

CREATE INDEX ix_delivery_invoice_id_processor_id ON delivery (invoice_id, processor_id);

CREATE TABLE receipt (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    invoice_id BIGINT NOT NULL,
    received_on DATE NOT NULL,
    evidence_note BYTEA,
    CONSTRAINT pk_receipt PRIMARY KEY (id),
    CONSTRAINT fk_receipt_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT ck_receipt_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_receipt_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_receipt_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_receipt_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_receipt_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_receipt_invoice_id_processor_id ON receipt (invoice_id, processor_id);

CREATE TABLE payment (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    invoice_id BIGINT NOT NULL,
    paid_on DATE NOT NULL,
    amount_cents BIGINT NOT NULL,
    bank_reference BYTEA,
    CONSTRAINT pk_payment PRIMARY KEY (id),
    CONSTRAINT fk_payment_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT ck_payment_amount_not_zero CHECK (amount_cents <> 0),
    CONSTRAINT ck_payment_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_payment_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_payment_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_payment_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_payment_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_payment_invoice_id_processor_id ON payment (invoice_id, processor_id);

CREATE TABLE reminder (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    invoice_id BIGINT NOT NULL,
    level INTEGER NOT NULL,
    sent_on DATE NOT NULL,
    interest_cents BIGINT NOT NULL,
    flat_fee_cents BIGINT NOT NULL,
    CONSTRAINT pk_reminder PRIMARY KEY (id),
    CONSTRAINT uq_reminder_invoice_id_level_processor_id UNIQUE (invoice_id, level, processor_id),
    CONSTRAINT fk_reminder_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT ck_reminder_level_positive CHECK (level >= 1),
    CONSTRAINT ck_reminder_amounts_not_negative CHECK (interest_cents >= 0 AND flat_fee_cents >= 0),
    CONSTRAINT ck_reminder_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_reminder_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_reminder_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_reminder_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_reminder_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE written_off (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    invoice_id BIGINT,
    entry_id BIGINT,
    amount_cents BIGINT,
    reason VARCHAR NOT NULL,
    second_person_id BIGINT,
    CONSTRAINT pk_written_off PRIMARY KEY (id),
    CONSTRAINT fk_written_off_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id),
    CONSTRAINT fk_written_off_processor_id_entry_id FOREIGN KEY(processor_id, entry_id) REFERENCES entry (processor_id, id),
    CONSTRAINT fk_written_off_processor_id_second_person_id FOREIGN KEY(processor_id, second_person_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT ck_written_off_one_matter CHECK ((invoice_id IS NULL) <> (entry_id IS NULL)),
    CONSTRAINT ck_written_off_amount_positive CHECK (amount_cents IS NULL OR amount_cents > 0),
    CONSTRAINT ck_written_off_amount_of_invoice CHECK ((invoice_id IS NULL) = (amount_cents IS NULL)),
    CONSTRAINT ck_written_off_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_written_off_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_written_off_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_written_off_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_written_off_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE correction_item (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    correction_id BIGINT NOT NULL,
    case_id BIGINT NOT NULL,
    CONSTRAINT pk_correction_item PRIMARY KEY (id),
    CONSTRAINT uq_correction_item_correction_id_case_id_processor_id UNIQUE (correction_id, case_id, processor_id),
    CONSTRAINT fk_correction_item_processor_id_correction_id FOREIGN KEY(processor_id, correction_id) REFERENCES correction (processor_id, id),
    CONSTRAINT fk_correction_item_processor_id_case_id FOREIGN KEY(processor_id, case_id) REFERENCES "case" (processor_id, id),
    CONSTRAINT uq_correction_item_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_correction_item_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE entry_version (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    entry_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    version_no INTEGER NOT NULL,
    start_at TIMESTAMP WITH TIME ZONE NOT NULL,
    end_at TIMESTAMP WITH TIME ZONE NOT NULL,
    service VARCHAR NOT NULL,
    document VARCHAR,
    travel BOOLEAN NOT NULL,
    onsite BOOLEAN NOT NULL,
    urgent BOOLEAN NOT NULL,
    remedies_processor_defect BOOLEAN NOT NULL,
    note BYTEA,
    deleted BOOLEAN NOT NULL,
    reason BYTEA,
    superseded_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_entry_version PRIMARY KEY (id),
    CONSTRAINT uq_entry_version_entry_id_version_no_processor_id UNIQUE (entry_id, version_no, processor_id),
    CONSTRAINT fk_entry_version_processor_id_entry_id_person_id FOREIGN KEY(processor_id, entry_id, person_id) REFERENCES entry (processor_id, id, person_id),
    CONSTRAINT ck_entry_version_version_counts_from_one CHECK (version_no >= 1),
    CONSTRAINT ck_entry_version_start_before_end CHECK (start_at < end_at),
    CONSTRAINT ck_entry_version_document_named CHECK (service <> 'standard_documents' OR document IS NOT NULL),
    CONSTRAINT ck_entry_version_reason_from_second CHECK (version_no = 1 OR reason IS NOT NULL),
    CONSTRAINT ck_entry_version_start_at_whole_minute CHECK (extract(second from start_at) = 0),
    CONSTRAINT ck_entry_version_end_at_whole_minute CHECK (extract(second from end_at) = 0),
    CONSTRAINT entry_overlap EXCLUDE USING gist (person_id WITH =, tstzrange(start_at, end_at) WITH &&, entry_id WITH <>, processor_id WITH =) WHERE (superseded_at IS NULL AND NOT deleted),
    CONSTRAINT ck_entry_version_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_entry_version_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_entry_version_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_entry_version_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_entry_version_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE INDEX ix_entry_version_person_id_start_at_processor_id ON entry_version (person_id, start_at, processor_id);

CREATE TABLE incomplete_entry (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    case_id BIGINT,
    person_id BIGINT,
    import_batch_id BIGINT,
    digest VARCHAR,
    worked_on DATE NOT NULL,
    duration_minutes INTEGER NOT NULL,
    service VARCHAR,
    document VARCHAR,
    note BYTEA,
    completed_by_id BIGINT,
    discarded_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_incomplete_entry PRIMARY KEY (id),
    CONSTRAINT uq_incomplete_entry_digest_processor_id UNIQUE (digest, processor_id),
    CONSTRAINT fk_incomplete_entry_processor_id_case_id FOREIGN KEY(processor_id, case_id) REFERENCES "case" (processor_id, id),
    CONSTRAINT fk_incomplete_entry_processor_id_person_id FOREIGN KEY(processor_id, person_id) REFERENCES person (processor_id, id),
    CONSTRAINT fk_incomplete_entry_processor_id_completed_by_id FOREIGN KEY(processor_id, completed_by_id) REFERENCES entry (processor_id, id),
    CONSTRAINT fk_incomplete_entry_processor_id_import_batch_id FOREIGN KEY(processor_id, import_batch_id) REFERENCES import_batch (processor_id, id),
    CONSTRAINT ck_incomplete_entry_duration_positive CHECK (duration_minutes > 0),
    CONSTRAINT ck_incomplete_entry_digest_form CHECK (length(digest) = 64),
    CONSTRAINT ck_incomplete_entry_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_incomplete_entry_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_incomplete_entry_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_incomplete_entry_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_incomplete_entry_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id)
);

CREATE TABLE estimate_line (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    estimate_version_id BIGINT NOT NULL,
    rate_class VARCHAR(30) NOT NULL,
    minutes INTEGER NOT NULL,
    CONSTRAINT pk_estimate_line PRIMARY KEY (id),
    CONSTRAINT fk_estimate_line_processor_id_estimate_version_id FOREIGN KEY(processor_id, estimate_version_id) REFERENCES estimate_version (processor_id, id),
    CONSTRAINT ck_estimate_line_minutes_not_negative CHECK (minutes >= 0),
    CONSTRAINT uq_estimate_line_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_estimate_line_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_estimate_line_rate_class CHECK (rate_class IN ('travel', 'regular', 'out_of_hours', 'night_weekend'))
);

CREATE INDEX ix_estimate_line_estimate_version_id_processor_id ON estimate_line (estimate_version_id, processor_id);

CREATE TABLE approval (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    estimate_version_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    approved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    covers_from TIMESTAMP WITH TIME ZONE,
    contact_id BIGINT,
    approver_name BYTEA,
    channel VARCHAR(30) NOT NULL,
    evidence_note BYTEA,
    CONSTRAINT pk_approval PRIMARY KEY (id),
    CONSTRAINT uq_approval_estimate_version_id_processor_id UNIQUE (estimate_version_id, processor_id),
    CONSTRAINT fk_approval_processor_id_estimate_version_id_controller_id FOREIGN KEY(processor_id, estimate_version_id, controller_id) REFERENCES estimate_version (processor_id, id, controller_id),
    CONSTRAINT fk_approval_processor_id_contact_id_controller_id FOREIGN KEY(processor_id, contact_id, controller_id) REFERENCES contact (processor_id, id, controller_id),
    CONSTRAINT ck_approval_approver_named CHECK (contact_id IS NOT NULL OR approver_name IS NOT NULL),
    CONSTRAINT ck_approval_approved_at_whole_minute CHECK (extract(second from approved_at) = 0),
    CONSTRAINT ck_approval_covers_from_whole_minute CHECK (extract(second from covers_from) = 0),
    CONSTRAINT ck_approval_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_approval_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_approval_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_approval_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_approval_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_approval_channel CHECK (channel IN ('portal', 'mail', 'letter', 'phone', 'in_person', 'import'))
);

CREATE TABLE estimate_event (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    estimate_version_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    state VARCHAR(30) NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    contact_id BIGINT,
    message BYTEA,
    CONSTRAINT pk_estimate_event PRIMARY KEY (id),
    CONSTRAINT fk_estimate_event_processor_id_estimate_version_id_cont_640a FOREIGN KEY(processor_id, estimate_version_id, controller_id) REFERENCES estimate_version (processor_id, id, controller_id),
    CONSTRAINT fk_estimate_event_processor_id_contact_id_controller_id FOREIGN KEY(processor_id, contact_id, controller_id) REFERENCES contact (processor_id, id, controller_id),
    CONSTRAINT ck_estimate_event_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT fk_estimate_event_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id),
    CONSTRAINT fk_estimate_event_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id),
    CONSTRAINT uq_estimate_event_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT fk_estimate_event_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id),
    CONSTRAINT ck_estimate_event_state CHECK (state IN ('draft', 'sent', 'questioned', 'approved', 'declined', 'expired', 'superseded', 'withdrawn'))
);

CREATE INDEX ix_estimate_event_estimate_version_id_processor_id ON estimate_event (estimate_version_id, processor_id);

ALTER TABLE closing ADD CONSTRAINT fk_closing_processor_id_cancelled_by_id FOREIGN KEY(processor_id, cancelled_by_id) REFERENCES correction (processor_id, id);

ALTER TABLE correction ADD CONSTRAINT fk_correction_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id);
