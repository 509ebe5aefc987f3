ALTER TABLE "idempotency_key" DROP CONSTRAINT uq_idempotency_key_user_id_key_processor_id;

ALTER TABLE "idempotency_key" DROP CONSTRAINT fk_idempotency_key_processor_id_user_id;

ALTER TABLE "retention_record" DROP CONSTRAINT ck_retention_record_retention_class;

ALTER TABLE "mail_link" DROP CONSTRAINT ck_mail_link_purpose;

ALTER TABLE "stored_file" DROP CONSTRAINT ck_stored_file_retention_class;

DROP INDEX ix_contract_controller_id_processor_id;

ALTER TABLE "processor_version" DROP CONSTRAINT uq_processor_version_valid_from_version_no_processor_id;

ALTER TABLE "case" DROP CONSTRAINT uq_case_contract_id_ref_processor_id;

ALTER TABLE "estimate" DROP CONSTRAINT uq_estimate_contract_id_ref_processor_id;

DROP INDEX ix_invoice_controller_id_processor_id;

ALTER TABLE "entry" DROP CONSTRAINT uq_entry_contract_id_ref_processor_id;

DROP INDEX ix_entry_person_id_processor_id;

ALTER TABLE "expense" DROP CONSTRAINT uq_expense_contract_id_ref_processor_id;

ALTER TABLE "reminder" DROP CONSTRAINT ck_reminder_amounts_not_negative;

ALTER TABLE "login_attempt" ADD COLUMN kind VARCHAR(30);

ALTER TABLE "login_attempt" NO FORCE ROW LEVEL SECURITY;

UPDATE "login_attempt" SET kind = 'password';

ALTER TABLE "login_attempt" ALTER COLUMN kind SET NOT NULL;

ALTER TABLE "login_attempt" ADD CONSTRAINT ck_login_attempt_kind CHECK (kind IN ('password', 'second_factor', 'password_reset', 'link', 'link_code', 'token'));

ALTER TABLE "idempotency_key" ADD COLUMN actor VARCHAR(40);

ALTER TABLE "idempotency_key" NO FORCE ROW LEVEL SECURITY;

UPDATE "idempotency_key" SET actor = 'user:' || user_id;

ALTER TABLE "idempotency_key" ALTER COLUMN actor SET NOT NULL;

ALTER TABLE "idempotency_key" DROP COLUMN user_id;

ALTER TABLE "idempotency_key" ADD CONSTRAINT uq_idempotency_key_actor_key_processor_id UNIQUE (actor, key, processor_id);

ALTER TABLE "controller" ADD COLUMN invoice_channel VARCHAR(30);

ALTER TABLE "controller" ADD COLUMN invoice_format VARCHAR(30);

ALTER TABLE "controller" ADD COLUMN decision_code BOOLEAN;

ALTER TABLE "controller" NO FORCE ROW LEVEL SECURITY;

UPDATE "controller" SET invoice_channel = 'mail', invoice_format = 'zugferd', decision_code = FALSE;

ALTER TABLE "controller" ALTER COLUMN invoice_channel SET NOT NULL;

ALTER TABLE "controller" ALTER COLUMN invoice_format SET NOT NULL;

ALTER TABLE "controller" ALTER COLUMN decision_code SET NOT NULL;

ALTER TABLE "controller" ADD CONSTRAINT ck_controller_invoice_channel CHECK (invoice_channel IN ('mail', 'portal'));

ALTER TABLE "controller" ADD CONSTRAINT ck_controller_invoice_format CHECK (invoice_format IN ('zugferd', 'xrechnung'));

ALTER TABLE "retention_record" ADD COLUMN reference_digest VARCHAR;

ALTER TABLE "retention_record" ADD CONSTRAINT ck_retention_record_reference_digest_form CHECK (length(reference_digest) = 64);

ALTER TABLE "retention_record" ADD CONSTRAINT ck_retention_record_retention_class CHECK (retention_class IN ('book', 'voucher', 'letter', 'work', 'incident', 'log'));

ALTER TABLE "user" ADD COLUMN language VARCHAR(2);

ALTER TABLE "user" ADD COLUMN totp_confirmed_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE "user" NO FORCE ROW LEVEL SECURITY;

UPDATE "user" SET language = 'de';

ALTER TABLE "user" ALTER COLUMN language SET NOT NULL;

ALTER TABLE "mail_link" ADD CONSTRAINT ck_mail_link_purpose CHECK (purpose IN ('decide', 'portal', 'invitation', 'password_reset'));

ALTER TABLE "stored_file" ADD CONSTRAINT ck_stored_file_retention_class CHECK (retention_class IN ('book', 'voucher', 'letter', 'work', 'incident', 'log'));

ALTER TABLE "processor_version" ADD CONSTRAINT uq_processor_version_processor_id_valid_from_version_no UNIQUE (processor_id, valid_from, version_no);

ALTER TABLE "case" ADD COLUMN responsible_id BIGINT;

ALTER TABLE "case" ADD CONSTRAINT uq_case_ref_contract_id_processor_id UNIQUE (ref, contract_id, processor_id);

ALTER TABLE "estimate" ADD CONSTRAINT uq_estimate_ref_contract_id_processor_id UNIQUE (ref, contract_id, processor_id);

ALTER TABLE "entry" ADD CONSTRAINT uq_entry_ref_contract_id_processor_id UNIQUE (ref, contract_id, processor_id);

ALTER TABLE "expense" ADD COLUMN in_name_of_client BOOLEAN;

ALTER TABLE "expense" NO FORCE ROW LEVEL SECURITY;

UPDATE "expense" SET in_name_of_client = FALSE;

ALTER TABLE "expense" ALTER COLUMN in_name_of_client SET NOT NULL;

ALTER TABLE "expense" ADD CONSTRAINT uq_expense_ref_contract_id_processor_id UNIQUE (ref, contract_id, processor_id);

ALTER TABLE "estimate_version" ADD COLUMN positions BYTEA;

ALTER TABLE "estimate_version" ADD COLUMN covers_from TIMESTAMP WITH TIME ZONE;

ALTER TABLE "estimate_version" ADD CONSTRAINT ck_estimate_version_covers_from_whole_minute CHECK (extract(second from covers_from) = 0);

ALTER TABLE "invoice_file" ADD COLUMN made_with VARCHAR;

ALTER TABLE "payment" ADD COLUMN bank_entry_id BIGINT;

ALTER TABLE "payment" ADD COLUMN reverses_id BIGINT;

ALTER TABLE "payment" ADD COLUMN reason BYTEA;

ALTER TABLE "payment" ADD CONSTRAINT uq_payment_id_invoice_id_processor_id UNIQUE (id, invoice_id, processor_id);

ALTER TABLE "payment" ADD CONSTRAINT ck_payment_reversal_has_reason CHECK (reverses_id IS NULL OR reason IS NOT NULL);

ALTER TABLE "reminder" ADD COLUMN open_cents BIGINT;

ALTER TABLE "reminder" ADD COLUMN channel VARCHAR(30);

ALTER TABLE "reminder" ADD COLUMN document VARCHAR;

ALTER TABLE "reminder" ADD COLUMN document_sha256 VARCHAR;

ALTER TABLE "reminder" ADD COLUMN stored_file_id BIGINT;

ALTER TABLE "reminder" ADD COLUMN mail_id BIGINT;

ALTER TABLE "reminder" ADD COLUMN received_on DATE;

ALTER TABLE "reminder" NO FORCE ROW LEVEL SECURITY;

UPDATE "reminder" SET open_cents = 0, channel = 'letter', document = '{}', document_sha256 = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';

ALTER TABLE "reminder" ALTER COLUMN open_cents SET NOT NULL;

ALTER TABLE "reminder" ALTER COLUMN channel SET NOT NULL;

ALTER TABLE "reminder" ALTER COLUMN document SET NOT NULL;

ALTER TABLE "reminder" ALTER COLUMN document_sha256 SET NOT NULL;

ALTER TABLE "reminder" ADD CONSTRAINT ck_reminder_amounts_not_negative CHECK (open_cents >= 0 AND interest_cents >= 0 AND flat_fee_cents >= 0);

ALTER TABLE "reminder" ADD CONSTRAINT ck_reminder_received_after_sent CHECK (received_on >= sent_on);

ALTER TABLE "reminder" ADD CONSTRAINT ck_reminder_document_sha256_form CHECK (length(document_sha256) = 64);

ALTER TABLE "reminder" ADD CONSTRAINT ck_reminder_channel CHECK (channel IN ('portal', 'mail', 'letter', 'phone', 'in_person', 'import'));

ALTER TABLE "delivery" ADD COLUMN pass_through_id BIGINT;

ALTER TABLE "delivery" ADD COLUMN sending_id BIGINT;

ALTER TABLE "delivery" ALTER COLUMN invoice_id DROP NOT NULL;

ALTER TABLE "delivery" ADD CONSTRAINT uq_delivery_id_invoice_id_processor_id UNIQUE (id, invoice_id, processor_id);

ALTER TABLE "delivery" ADD CONSTRAINT ck_delivery_one_document CHECK ((invoice_id IS NULL) <> (pass_through_id IS NULL));

ALTER TABLE "receipt" ADD COLUMN source VARCHAR(30);

ALTER TABLE "receipt" ADD COLUMN land VARCHAR(3);

ALTER TABLE "receipt" ADD COLUMN delivery_id BIGINT;

ALTER TABLE "receipt" NO FORCE ROW LEVEL SECURITY;

UPDATE "receipt" SET source = 'manual', land = 'BW';

ALTER TABLE "receipt" ALTER COLUMN source SET NOT NULL;

ALTER TABLE "receipt" ALTER COLUMN land SET NOT NULL;

ALTER TABLE "receipt" ALTER COLUMN received_on DROP NOT NULL;

ALTER TABLE "receipt" ADD CONSTRAINT ck_receipt_delivered_or_proved CHECK (source = 'manual' OR received_on IS NOT NULL);

ALTER TABLE "receipt" ADD CONSTRAINT ck_receipt_source CHECK (source IN ('mail', 'portal', 'manual'));

CREATE TABLE "rate_limit" (
    id BIGSERIAL NOT NULL,
    bucket VARCHAR NOT NULL,
    window_start TIMESTAMP WITH TIME ZONE NOT NULL,
    hits INTEGER NOT NULL,
    CONSTRAINT pk_rate_limit PRIMARY KEY (id),
    CONSTRAINT uq_rate_limit_bucket UNIQUE (bucket),
    CONSTRAINT ck_rate_limit_bucket_form CHECK (length(bucket) = 64)
);

CREATE TABLE "mail" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    message_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    language VARCHAR(2) NOT NULL,
    recipient BYTEA,
    recipient_digest VARCHAR NOT NULL,
    subject BYTEA,
    text BYTEA,
    html BYTEA,
    subject_table VARCHAR NOT NULL,
    subject_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_mail PRIMARY KEY (id),
    CONSTRAINT uq_mail_message_id_processor_id UNIQUE (message_id, processor_id),
    CONSTRAINT ck_mail_recipient_digest_form CHECK (length(recipient_digest) = 64),
    CONSTRAINT uq_mail_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "mail_attempt" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    mail_id BIGINT NOT NULL,
    attempted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    outcome VARCHAR(30) NOT NULL,
    answer VARCHAR,
    CONSTRAINT pk_mail_attempt PRIMARY KEY (id),
    CONSTRAINT uq_mail_attempt_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT ck_mail_attempt_outcome CHECK (outcome IN ('accepted', 'deferred', 'rejected', 'failed'))
);

CREATE TABLE "decision_code" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    mail_link_id BIGINT NOT NULL,
    code_hash VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts INTEGER NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_decision_code PRIMARY KEY (id),
    CONSTRAINT ck_decision_code_code_hash_form CHECK (length(code_hash) = 64),
    CONSTRAINT uq_decision_code_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "policy" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    version_no INTEGER NOT NULL,
    four_eyes BOOLEAN NOT NULL,
    settings VARCHAR NOT NULL,
    CONSTRAINT pk_policy PRIMARY KEY (id),
    CONSTRAINT uq_policy_processor_id_version_no UNIQUE (processor_id, version_no),
    CONSTRAINT ck_policy_version_counts_from_one CHECK (version_no >= 1),
    CONSTRAINT ck_policy_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_policy_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "datev_settings" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
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
    CONSTRAINT pk_datev_settings PRIMARY KEY (id),
    CONSTRAINT uq_datev_settings_processor_id_version_no UNIQUE (processor_id, version_no),
    CONSTRAINT ck_datev_settings_consultant_range CHECK (consultant BETWEEN 1001 AND 9999999),
    CONSTRAINT ck_datev_settings_client_range CHECK (client BETWEEN 1 AND 99999),
    CONSTRAINT ck_datev_settings_account_length_range CHECK (account_length BETWEEN 4 AND 8),
    CONSTRAINT ck_datev_settings_fiscal_year_month_range CHECK (fiscal_year_month BETWEEN 1 AND 12),
    CONSTRAINT ck_datev_settings_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_datev_settings_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT ck_datev_settings_chart CHECK (chart IN ('SKR03', 'SKR04'))
);

CREATE TABLE "debtor_account" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    controller_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    CONSTRAINT pk_debtor_account PRIMARY KEY (id),
    CONSTRAINT uq_debtor_account_controller_id_processor_id UNIQUE (controller_id, processor_id),
    CONSTRAINT uq_debtor_account_number_processor_id UNIQUE (number, processor_id),
    CONSTRAINT ck_debtor_account_number_range CHECK (number BETWEEN 10000 AND 699999999),
    CONSTRAINT ck_debtor_account_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_debtor_account_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "restored_series" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    series VARCHAR(20) NOT NULL,
    year INTEGER NOT NULL,
    backup_taken_at TIMESTAMP WITH TIME ZONE NOT NULL,
    known_sequence BIGINT NOT NULL,
    last_sequence BIGINT,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    confirmed_by_name VARCHAR,
    evidence_note BYTEA,
    CONSTRAINT pk_restored_series PRIMARY KEY (id),
    CONSTRAINT uq_restored_series_series_year_recorded_at_processor_id UNIQUE (series, year, recorded_at, processor_id),
    CONSTRAINT ck_restored_series_known_not_negative CHECK (known_sequence >= 0),
    CONSTRAINT ck_restored_series_last_not_before_known CHECK (last_sequence >= known_sequence),
    CONSTRAINT ck_restored_series_confirmed_dated CHECK ((last_sequence IS NULL) = (confirmed_at IS NULL)),
    CONSTRAINT ck_restored_series_confirmed_by_somebody CHECK ((last_sequence IS NULL) = (confirmed_by_name IS NULL)),
    CONSTRAINT ck_restored_series_confirmed_with_evidence CHECK (last_sequence IS NULL OR evidence_note IS NOT NULL),
    CONSTRAINT ck_restored_series_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_restored_series_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "mail_attachment" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    mail_id BIGINT NOT NULL,
    stored_file_id BIGINT NOT NULL,
    CONSTRAINT pk_mail_attachment PRIMARY KEY (id),
    CONSTRAINT uq_mail_attachment_mail_id_stored_file_id_processor_id UNIQUE (mail_id, stored_file_id, processor_id),
    CONSTRAINT uq_mail_attachment_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "bank_entry" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    digest VARCHAR NOT NULL,
    file_sha256 VARCHAR NOT NULL,
    account VARCHAR(34) NOT NULL,
    booked_on DATE NOT NULL,
    valued_on DATE NOT NULL,
    amount_cents BIGINT NOT NULL,
    bank_reference BYTEA,
    end_to_end BYTEA,
    remittance BYTEA,
    debtor BYTEA,
    debtor_iban BYTEA,
    CONSTRAINT pk_bank_entry PRIMARY KEY (id),
    CONSTRAINT uq_bank_entry_digest_processor_id UNIQUE (digest, processor_id),
    CONSTRAINT ck_bank_entry_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_bank_entry_digest_form CHECK (length(digest) = 64),
    CONSTRAINT ck_bank_entry_file_sha256_form CHECK (length(file_sha256) = 64),
    CONSTRAINT ck_bank_entry_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_bank_entry_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "base_rate" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    valid_from DATE NOT NULL,
    hundredths INTEGER NOT NULL,
    source VARCHAR NOT NULL,
    CONSTRAINT pk_base_rate PRIMARY KEY (id),
    CONSTRAINT ck_base_rate_valid_from_half_year CHECK (extract(day from valid_from) = 1 AND extract(month from valid_from) IN (1, 7)),
    CONSTRAINT ck_base_rate_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_base_rate_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "legal_hold" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    ref VARCHAR COLLATE "C" NOT NULL,
    controller_id BIGINT,
    from_year INTEGER,
    reason BYTEA,
    lifted_at TIMESTAMP WITH TIME ZONE,
    lifted_by_id BIGINT,
    lifted_by_name VARCHAR,
    lift_reason BYTEA,
    CONSTRAINT pk_legal_hold PRIMARY KEY (id),
    CONSTRAINT uq_legal_hold_ref_processor_id UNIQUE (ref, processor_id),
    CONSTRAINT ck_legal_hold_reason_given CHECK (reason IS NOT NULL),
    CONSTRAINT ck_legal_hold_year_plausible CHECK (from_year BETWEEN 1990 AND 2200),
    CONSTRAINT ck_legal_hold_lifting_whole CHECK ((lifted_at IS NULL) = (lifted_by_name IS NULL)),
    CONSTRAINT ck_legal_hold_lifted_with_reason CHECK (lifted_at IS NULL OR lift_reason IS NOT NULL),
    CONSTRAINT ck_legal_hold_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_legal_hold_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "export_batch" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
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
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    withdrawn_by_name VARCHAR,
    withdrawn_reason VARCHAR,
    CONSTRAINT pk_export_batch PRIMARY KEY (id),
    CONSTRAINT uq_export_batch_processor_id_batch_no UNIQUE (processor_id, batch_no),
    CONSTRAINT ck_export_batch_days_in_order CHECK (from_day <= to_day),
    CONSTRAINT ck_export_batch_to_day_same_year CHECK (extract(year from from_day) = extract(year from to_day)),
    CONSTRAINT ck_export_batch_has_bookings CHECK (bookings >= 1),
    CONSTRAINT ck_export_batch_sums_not_negative CHECK (debit_cents >= 0 AND credit_cents >= 0),
    CONSTRAINT ck_export_batch_withdrawal_named CHECK ((withdrawn_at IS NULL) = (withdrawn_by_name IS NULL)),
    CONSTRAINT ck_export_batch_withdrawal_reasoned CHECK ((withdrawn_at IS NULL) = (withdrawn_reason IS NULL)),
    CONSTRAINT ck_export_batch_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_export_batch_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "case_file" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    case_id BIGINT NOT NULL,
    stored_file_id BIGINT NOT NULL,
    note BYTEA,
    CONSTRAINT pk_case_file PRIMARY KEY (id),
    CONSTRAINT ck_case_file_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_case_file_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "incident_version" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    case_id BIGINT NOT NULL,
    known_at TIMESTAMP WITH TIME ZONE,
    nature BYTEA,
    occurred BYTEA,
    systems BYTEA,
    people_categories BYTEA,
    people_count INTEGER,
    data_categories BYTEA,
    record_count INTEGER,
    consequences BYTEA,
    measures BYTEA,
    contact_point BYTEA,
    not_yet_known VARCHAR,
    root_cause BYTEA,
    prevention BYTEA,
    first_notice_at TIMESTAMP WITH TIME ZONE,
    contained_at TIMESTAMP WITH TIME ZONE,
    final_report_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_incident_version PRIMARY KEY (id),
    CONSTRAINT ck_incident_version_people_not_negative CHECK (people_count >= 0),
    CONSTRAINT ck_incident_version_records_not_negative CHECK (record_count >= 0),
    CONSTRAINT ck_incident_version_known_at_whole_minute CHECK (extract(second from known_at) = 0),
    CONSTRAINT ck_incident_version_first_notice_at_whole_minute CHECK (extract(second from first_notice_at) = 0),
    CONSTRAINT ck_incident_version_contained_at_whole_minute CHECK (extract(second from contained_at) = 0),
    CONSTRAINT ck_incident_version_final_report_at_whole_minute CHECK (extract(second from final_report_at) = 0),
    CONSTRAINT ck_incident_version_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_incident_version_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "deadline_mark" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    case_id BIGINT NOT NULL,
    code VARCHAR(10) NOT NULL,
    met_at TIMESTAMP WITH TIME ZONE NOT NULL,
    note BYTEA,
    CONSTRAINT pk_deadline_mark PRIMARY KEY (id),
    CONSTRAINT ck_deadline_mark_met_at_whole_minute CHECK (extract(second from met_at) = 0),
    CONSTRAINT ck_deadline_mark_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_deadline_mark_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "instruction" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    ref VARCHAR COLLATE "C" NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    case_id BIGINT,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    given_by BYTEA,
    channel VARCHAR(30) NOT NULL,
    content BYTEA,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    objected_at TIMESTAMP WITH TIME ZONE,
    objection BYTEA,
    carried_out_at TIMESTAMP WITH TIME ZONE,
    carried_out_by_id BIGINT,
    outcome BYTEA,
    CONSTRAINT pk_instruction PRIMARY KEY (id),
    CONSTRAINT uq_instruction_ref_processor_id UNIQUE (ref, processor_id),
    CONSTRAINT uq_instruction_id_controller_id_processor_id UNIQUE (id, controller_id, processor_id),
    CONSTRAINT ck_instruction_objection_whole CHECK ((objected_at IS NULL) = (objection IS NULL)),
    CONSTRAINT ck_instruction_given_at_whole_minute CHECK (extract(second from given_at) = 0),
    CONSTRAINT ck_instruction_confirmed_at_whole_minute CHECK (extract(second from confirmed_at) = 0),
    CONSTRAINT ck_instruction_objected_at_whole_minute CHECK (extract(second from objected_at) = 0),
    CONSTRAINT ck_instruction_carried_out_at_whole_minute CHECK (extract(second from carried_out_at) = 0),
    CONSTRAINT ck_instruction_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_instruction_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT ck_instruction_channel CHECK (channel IN ('portal', 'mail', 'letter', 'phone', 'in_person', 'import'))
);

CREATE TABLE "support_request" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    ref VARCHAR COLLATE "C" NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    contact_id BIGINT NOT NULL,
    case_id BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    description BYTEA,
    wanted_by TIMESTAMP WITH TIME ZONE,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_support_request PRIMARY KEY (id),
    CONSTRAINT uq_support_request_ref_processor_id UNIQUE (ref, processor_id),
    CONSTRAINT ck_support_request_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_support_request_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "pass_through" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    controller_id BIGINT NOT NULL,
    closing_id BIGINT NOT NULL,
    number VARCHAR NOT NULL,
    issue_date DATE NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    document VARCHAR NOT NULL,
    document_sha256 VARCHAR NOT NULL,
    total_cents BIGINT NOT NULL,
    stored_file_id BIGINT,
    CONSTRAINT pk_pass_through PRIMARY KEY (id),
    CONSTRAINT uq_pass_through_number_processor_id UNIQUE (number, processor_id),
    CONSTRAINT uq_pass_through_closing_id_processor_id UNIQUE (closing_id, processor_id),
    CONSTRAINT ck_pass_through_total_positive CHECK (total_cents > 0),
    CONSTRAINT ck_pass_through_document_sha256_form CHECK (length(document_sha256) = 64),
    CONSTRAINT uq_pass_through_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "timer" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    case_id BIGINT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    service VARCHAR NOT NULL,
    document VARCHAR,
    travel BOOLEAN NOT NULL,
    onsite BOOLEAN NOT NULL,
    urgent BOOLEAN NOT NULL,
    note BYTEA,
    CONSTRAINT pk_timer PRIMARY KEY (id),
    CONSTRAINT uq_timer_person_id_processor_id UNIQUE (person_id, processor_id),
    CONSTRAINT ck_timer_started_at_whole_minute CHECK (extract(second from started_at) = 0),
    CONSTRAINT uq_timer_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "export_batch_item" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    superseded_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_export_batch_item PRIMARY KEY (id),
    CONSTRAINT uq_export_batch_item_batch_id_invoice_id_processor_id UNIQUE (batch_id, invoice_id, processor_id),
    CONSTRAINT uq_export_batch_item_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "sending" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    invoice_id BIGINT,
    pass_through_id BIGINT,
    number INTEGER NOT NULL,
    channel VARCHAR(30) NOT NULL,
    file_kind VARCHAR(30),
    recipient BYTEA,
    recipient_digest VARCHAR NOT NULL,
    CONSTRAINT pk_sending PRIMARY KEY (id),
    CONSTRAINT uq_sending_invoice_id_number_processor_id UNIQUE (invoice_id, number, processor_id),
    CONSTRAINT uq_sending_pass_through_id_number_processor_id UNIQUE (pass_through_id, number, processor_id),
    CONSTRAINT uq_sending_id_invoice_id_processor_id UNIQUE (id, invoice_id, processor_id),
    CONSTRAINT uq_sending_id_pass_through_id_processor_id UNIQUE (id, pass_through_id, processor_id),
    CONSTRAINT ck_sending_one_document CHECK ((invoice_id IS NULL) <> (pass_through_id IS NULL)),
    CONSTRAINT ck_sending_number_positive CHECK (number >= 1),
    CONSTRAINT ck_sending_file_by_mail CHECK ((channel = 'mail') = (file_kind IS NOT NULL)),
    CONSTRAINT ck_sending_recipient_digest_form CHECK (length(recipient_digest) = 64),
    CONSTRAINT ck_sending_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_sending_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT ck_sending_channel CHECK (channel IN ('mail', 'portal')),
    CONSTRAINT ck_sending_file_kind CHECK (file_kind IN ('pdf', 'xml', 'activity_record_pdf', 'activity_record_csv'))
);

CREATE TABLE "invoice_check" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    checked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    stage VARCHAR(30) NOT NULL,
    rules_version VARCHAR NOT NULL,
    rules_sha256 VARCHAR NOT NULL,
    xml_sha256 VARCHAR NOT NULL,
    outcome VARCHAR(30) NOT NULL,
    report VARCHAR NOT NULL,
    CONSTRAINT pk_invoice_check PRIMARY KEY (id),
    CONSTRAINT ck_invoice_check_rules_sha256_form CHECK (length(rules_sha256) = 64),
    CONSTRAINT ck_invoice_check_xml_sha256_form CHECK (length(xml_sha256) = 64),
    CONSTRAINT uq_invoice_check_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT ck_invoice_check_stage CHECK (stage IN ('issue', 'delivery')),
    CONSTRAINT ck_invoice_check_outcome CHECK (outcome IN ('passed', 'failed'))
);

CREATE TABLE "write_off_proposal" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    invoice_id BIGINT NOT NULL,
    amount_cents BIGINT NOT NULL,
    reason BYTEA,
    decided_at TIMESTAMP WITH TIME ZONE,
    decided_by_id BIGINT,
    decided_by_name VARCHAR,
    accepted BOOLEAN,
    decision_reason BYTEA,
    CONSTRAINT pk_write_off_proposal PRIMARY KEY (id),
    CONSTRAINT ck_write_off_proposal_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_write_off_proposal_decision_whole CHECK ((decided_at IS NULL) = (accepted IS NULL)),
    CONSTRAINT ck_write_off_proposal_decider_named CHECK (decided_at IS NULL OR decided_by_id IS NOT NULL OR decided_by_name IS NOT NULL),
    CONSTRAINT ck_write_off_proposal_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_write_off_proposal_id_processor_id UNIQUE (id, processor_id)
);

CREATE TABLE "proposal" (
    id BIGSERIAL NOT NULL,
    processor_id BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    recorded_by_name VARCHAR,
    evidence_file_id BIGINT,
    entry_id BIGINT NOT NULL,
    kind VARCHAR(30) NOT NULL,
    content VARCHAR NOT NULL,
    reason BYTEA,
    decided_at TIMESTAMP WITH TIME ZONE,
    decided_by_id BIGINT,
    decided_by_name VARCHAR,
    accepted BOOLEAN,
    decision_reason BYTEA,
    CONSTRAINT pk_proposal PRIMARY KEY (id),
    CONSTRAINT ck_proposal_decision_whole CHECK ((decided_at IS NULL) = (accepted IS NULL)),
    CONSTRAINT ck_proposal_decider_named CHECK (decided_at IS NULL OR decided_by_id IS NOT NULL OR decided_by_name IS NOT NULL),
    CONSTRAINT ck_proposal_recorder_named CHECK (recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL),
    CONSTRAINT uq_proposal_id_processor_id UNIQUE (id, processor_id),
    CONSTRAINT ck_proposal_kind CHECK (kind IN ('reclassify', 'write_off'))
);

CREATE INDEX ix_login_attempt_address_prefix_at ON login_attempt (address_prefix, at);

CREATE INDEX ix_login_attempt_at ON login_attempt (at);

CREATE INDEX ix_rate_limit_window_start ON rate_limit (window_start);

CREATE INDEX ix_idempotency_key_created_at ON idempotency_key (created_at);

ALTER TABLE "mail" ADD CONSTRAINT fk_mail_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_mail_subject_table_subject_id_processor_id ON mail (subject_table, subject_id, processor_id);

CREATE INDEX ix_retention_record_reference_digest_processor_id ON retention_record (reference_digest, processor_id);

ALTER TABLE "mail_attempt" ADD CONSTRAINT fk_mail_attempt_processor_id_mail_id FOREIGN KEY(processor_id, mail_id) REFERENCES mail (processor_id, id);

ALTER TABLE "mail_attempt" ADD CONSTRAINT fk_mail_attempt_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_mail_attempt_mail_id_processor_id ON mail_attempt (mail_id, processor_id);

ALTER TABLE "decision_code" ADD CONSTRAINT fk_decision_code_processor_id_mail_link_id FOREIGN KEY(processor_id, mail_link_id) REFERENCES mail_link (processor_id, id);

ALTER TABLE "decision_code" ADD CONSTRAINT fk_decision_code_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_decision_code_mail_link_id_processor_id ON decision_code (mail_link_id, processor_id);

ALTER TABLE "policy" ADD CONSTRAINT fk_policy_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "policy" ADD CONSTRAINT fk_policy_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "policy" ADD CONSTRAINT fk_policy_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_contract_controller_id_id_processor_id ON contract (controller_id, id, processor_id);

ALTER TABLE "datev_settings" ADD CONSTRAINT fk_datev_settings_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "datev_settings" ADD CONSTRAINT fk_datev_settings_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "datev_settings" ADD CONSTRAINT fk_datev_settings_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

ALTER TABLE "debtor_account" ADD CONSTRAINT fk_debtor_account_processor_id_controller_id FOREIGN KEY(processor_id, controller_id) REFERENCES controller (processor_id, id);

ALTER TABLE "debtor_account" ADD CONSTRAINT fk_debtor_account_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "debtor_account" ADD CONSTRAINT fk_debtor_account_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "debtor_account" ADD CONSTRAINT fk_debtor_account_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

ALTER TABLE "restored_series" ADD CONSTRAINT fk_restored_series_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "restored_series" ADD CONSTRAINT fk_restored_series_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "restored_series" ADD CONSTRAINT fk_restored_series_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

ALTER TABLE "mail_attachment" ADD CONSTRAINT fk_mail_attachment_processor_id_mail_id FOREIGN KEY(processor_id, mail_id) REFERENCES mail (processor_id, id);

ALTER TABLE "mail_attachment" ADD CONSTRAINT fk_mail_attachment_processor_id_stored_file_id FOREIGN KEY(processor_id, stored_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "mail_attachment" ADD CONSTRAINT fk_mail_attachment_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

ALTER TABLE "bank_entry" ADD CONSTRAINT fk_bank_entry_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "bank_entry" ADD CONSTRAINT fk_bank_entry_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "bank_entry" ADD CONSTRAINT fk_bank_entry_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

ALTER TABLE "base_rate" ADD CONSTRAINT fk_base_rate_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "base_rate" ADD CONSTRAINT fk_base_rate_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "base_rate" ADD CONSTRAINT fk_base_rate_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_base_rate_valid_from_id_processor_id ON base_rate (valid_from, id, processor_id);

ALTER TABLE "legal_hold" ADD CONSTRAINT fk_legal_hold_processor_id_controller_id FOREIGN KEY(processor_id, controller_id) REFERENCES controller (processor_id, id);

ALTER TABLE "legal_hold" ADD CONSTRAINT fk_legal_hold_processor_id_lifted_by_id FOREIGN KEY(processor_id, lifted_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "legal_hold" ADD CONSTRAINT fk_legal_hold_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "legal_hold" ADD CONSTRAINT fk_legal_hold_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "legal_hold" ADD CONSTRAINT fk_legal_hold_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

ALTER TABLE "case" ADD CONSTRAINT fk_case_processor_id_responsible_id FOREIGN KEY(processor_id, responsible_id) REFERENCES person (processor_id, id);

ALTER TABLE "export_batch" ADD CONSTRAINT fk_export_batch_processor_id_settings_id FOREIGN KEY(processor_id, settings_id) REFERENCES datev_settings (processor_id, id);

ALTER TABLE "export_batch" ADD CONSTRAINT fk_export_batch_processor_id_stored_file_id FOREIGN KEY(processor_id, stored_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "export_batch" ADD CONSTRAINT fk_export_batch_processor_id_documents_file_id FOREIGN KEY(processor_id, documents_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "export_batch" ADD CONSTRAINT fk_export_batch_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "export_batch" ADD CONSTRAINT fk_export_batch_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "export_batch" ADD CONSTRAINT fk_export_batch_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

ALTER TABLE "case_file" ADD CONSTRAINT fk_case_file_processor_id_case_id FOREIGN KEY(processor_id, case_id) REFERENCES "case" (processor_id, id);

ALTER TABLE "case_file" ADD CONSTRAINT fk_case_file_processor_id_stored_file_id FOREIGN KEY(processor_id, stored_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "case_file" ADD CONSTRAINT fk_case_file_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "case_file" ADD CONSTRAINT fk_case_file_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "case_file" ADD CONSTRAINT fk_case_file_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_case_file_case_id_processor_id ON case_file (case_id, processor_id);

ALTER TABLE "incident_version" ADD CONSTRAINT fk_incident_version_processor_id_case_id FOREIGN KEY(processor_id, case_id) REFERENCES "case" (processor_id, id);

ALTER TABLE "incident_version" ADD CONSTRAINT fk_incident_version_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "incident_version" ADD CONSTRAINT fk_incident_version_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "incident_version" ADD CONSTRAINT fk_incident_version_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_incident_version_case_id_processor_id ON incident_version (case_id, processor_id);

ALTER TABLE "deadline_mark" ADD CONSTRAINT fk_deadline_mark_processor_id_case_id FOREIGN KEY(processor_id, case_id) REFERENCES "case" (processor_id, id);

ALTER TABLE "deadline_mark" ADD CONSTRAINT fk_deadline_mark_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "deadline_mark" ADD CONSTRAINT fk_deadline_mark_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "deadline_mark" ADD CONSTRAINT fk_deadline_mark_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_deadline_mark_case_id_processor_id ON deadline_mark (case_id, processor_id);

ALTER TABLE "instruction" ADD CONSTRAINT fk_instruction_processor_id_contract_id_controller_id FOREIGN KEY(processor_id, contract_id, controller_id) REFERENCES contract (processor_id, id, controller_id);

ALTER TABLE "instruction" ADD CONSTRAINT fk_instruction_processor_id_case_id FOREIGN KEY(processor_id, case_id) REFERENCES "case" (processor_id, id);

ALTER TABLE "instruction" ADD CONSTRAINT fk_instruction_processor_id_carried_out_by_id FOREIGN KEY(processor_id, carried_out_by_id) REFERENCES person (processor_id, id);

ALTER TABLE "instruction" ADD CONSTRAINT fk_instruction_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "instruction" ADD CONSTRAINT fk_instruction_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "instruction" ADD CONSTRAINT fk_instruction_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_instruction_contract_id_processor_id ON instruction (contract_id, processor_id);

ALTER TABLE "support_request" ADD CONSTRAINT fk_support_request_processor_id_contract_id_controller_id FOREIGN KEY(processor_id, contract_id, controller_id) REFERENCES contract (processor_id, id, controller_id);

ALTER TABLE "support_request" ADD CONSTRAINT fk_support_request_processor_id_contact_id_controller_id FOREIGN KEY(processor_id, contact_id, controller_id) REFERENCES contact (processor_id, id, controller_id);

ALTER TABLE "support_request" ADD CONSTRAINT fk_support_request_processor_id_case_id_contract_id_con_8851 FOREIGN KEY(processor_id, case_id, contract_id, controller_id) REFERENCES "case" (processor_id, id, contract_id, controller_id);

ALTER TABLE "support_request" ADD CONSTRAINT fk_support_request_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "support_request" ADD CONSTRAINT fk_support_request_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "support_request" ADD CONSTRAINT fk_support_request_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_support_request_controller_id_processor_id ON support_request (controller_id, processor_id);

CREATE INDEX ix_invoice_controller_id_id_processor_id ON invoice (controller_id, id, processor_id);

ALTER TABLE "pass_through" ADD CONSTRAINT fk_pass_through_processor_id_contract_id_controller_id FOREIGN KEY(processor_id, contract_id, controller_id) REFERENCES contract (processor_id, id, controller_id);

ALTER TABLE "pass_through" ADD CONSTRAINT fk_pass_through_processor_id_closing_id_contract_id FOREIGN KEY(processor_id, closing_id, contract_id) REFERENCES closing (processor_id, id, contract_id);

ALTER TABLE "pass_through" ADD CONSTRAINT fk_pass_through_processor_id_stored_file_id FOREIGN KEY(processor_id, stored_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "pass_through" ADD CONSTRAINT fk_pass_through_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_pass_through_controller_id_id_processor_id ON pass_through (controller_id, id, processor_id);

CREATE INDEX ix_entry_person_id_id_processor_id ON entry (person_id, id, processor_id);

ALTER TABLE "timer" ADD CONSTRAINT fk_timer_processor_id_person_id FOREIGN KEY(processor_id, person_id) REFERENCES person (processor_id, id);

ALTER TABLE "timer" ADD CONSTRAINT fk_timer_processor_id_case_id FOREIGN KEY(processor_id, case_id) REFERENCES "case" (processor_id, id);

ALTER TABLE "timer" ADD CONSTRAINT fk_timer_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

ALTER TABLE "export_batch_item" ADD CONSTRAINT fk_export_batch_item_processor_id_batch_id FOREIGN KEY(processor_id, batch_id) REFERENCES export_batch (processor_id, id);

ALTER TABLE "export_batch_item" ADD CONSTRAINT fk_export_batch_item_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id);

ALTER TABLE "export_batch_item" ADD CONSTRAINT fk_export_batch_item_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_export_batch_item_invoice_id_processor_id ON export_batch_item (invoice_id, processor_id);

CREATE UNIQUE INDEX uq_export_batch_item_living ON export_batch_item (invoice_id, processor_id) WHERE superseded_at IS NULL;

ALTER TABLE "sending" ADD CONSTRAINT fk_sending_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id);

ALTER TABLE "sending" ADD CONSTRAINT fk_sending_processor_id_pass_through_id FOREIGN KEY(processor_id, pass_through_id) REFERENCES pass_through (processor_id, id);

ALTER TABLE "sending" ADD CONSTRAINT fk_sending_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "sending" ADD CONSTRAINT fk_sending_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "sending" ADD CONSTRAINT fk_sending_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

ALTER TABLE "invoice_check" ADD CONSTRAINT fk_invoice_check_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id);

ALTER TABLE "invoice_check" ADD CONSTRAINT fk_invoice_check_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_invoice_check_invoice_id_processor_id ON invoice_check (invoice_id, processor_id);

ALTER TABLE "payment" ADD CONSTRAINT fk_payment_processor_id_bank_entry_id FOREIGN KEY(processor_id, bank_entry_id) REFERENCES bank_entry (processor_id, id);

ALTER TABLE "payment" ADD CONSTRAINT fk_payment_processor_id_reverses_id_invoice_id FOREIGN KEY(processor_id, reverses_id, invoice_id) REFERENCES payment (processor_id, id, invoice_id);

CREATE INDEX ix_payment_bank_entry_id_processor_id ON payment (bank_entry_id, processor_id);

CREATE UNIQUE INDEX uq_payment_reversal ON payment (reverses_id, processor_id) WHERE reverses_id IS NOT NULL;

ALTER TABLE "reminder" ADD CONSTRAINT fk_reminder_processor_id_stored_file_id FOREIGN KEY(processor_id, stored_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "reminder" ADD CONSTRAINT fk_reminder_processor_id_mail_id FOREIGN KEY(processor_id, mail_id) REFERENCES mail (processor_id, id);

CREATE INDEX ix_reminder_mail_id_processor_id ON reminder (mail_id, processor_id);

CREATE UNIQUE INDEX uq_reminder_flat_fee ON reminder (invoice_id, processor_id) WHERE flat_fee_cents > 0;

ALTER TABLE "write_off_proposal" ADD CONSTRAINT fk_write_off_proposal_processor_id_invoice_id FOREIGN KEY(processor_id, invoice_id) REFERENCES invoice (processor_id, id);

ALTER TABLE "write_off_proposal" ADD CONSTRAINT fk_write_off_proposal_processor_id_decided_by_id FOREIGN KEY(processor_id, decided_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "write_off_proposal" ADD CONSTRAINT fk_write_off_proposal_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "write_off_proposal" ADD CONSTRAINT fk_write_off_proposal_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "write_off_proposal" ADD CONSTRAINT fk_write_off_proposal_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_write_off_proposal_invoice_id_processor_id ON write_off_proposal (invoice_id, processor_id);

CREATE UNIQUE INDEX uq_write_off_proposal_open ON write_off_proposal (invoice_id, processor_id) WHERE decided_at IS NULL;

CREATE UNIQUE INDEX uq_written_off_entry ON written_off (entry_id, processor_id) WHERE entry_id IS NOT NULL;

ALTER TABLE "proposal" ADD CONSTRAINT fk_proposal_processor_id_entry_id FOREIGN KEY(processor_id, entry_id) REFERENCES entry (processor_id, id);

ALTER TABLE "proposal" ADD CONSTRAINT fk_proposal_processor_id_decided_by_id FOREIGN KEY(processor_id, decided_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "proposal" ADD CONSTRAINT fk_proposal_processor_id_recorded_by_id FOREIGN KEY(processor_id, recorded_by_id) REFERENCES "user" (processor_id, id);

ALTER TABLE "proposal" ADD CONSTRAINT fk_proposal_processor_id_evidence_file_id FOREIGN KEY(processor_id, evidence_file_id) REFERENCES stored_file (processor_id, id);

ALTER TABLE "proposal" ADD CONSTRAINT fk_proposal_processor_id FOREIGN KEY(processor_id) REFERENCES processor (id);

CREATE INDEX ix_proposal_entry_id_processor_id ON proposal (entry_id, processor_id);

CREATE UNIQUE INDEX uq_proposal_open ON proposal (entry_id, processor_id) WHERE decided_at IS NULL;

ALTER TABLE "delivery" ADD CONSTRAINT fk_delivery_processor_id_pass_through_id FOREIGN KEY(processor_id, pass_through_id) REFERENCES pass_through (processor_id, id);

ALTER TABLE "delivery" ADD CONSTRAINT fk_delivery_processor_id_sending_id_invoice_id FOREIGN KEY(processor_id, sending_id, invoice_id) REFERENCES sending (processor_id, id, invoice_id);

ALTER TABLE "delivery" ADD CONSTRAINT fk_delivery_processor_id_sending_id_pass_through_id FOREIGN KEY(processor_id, sending_id, pass_through_id) REFERENCES sending (processor_id, id, pass_through_id);

CREATE INDEX ix_delivery_pass_through_id_processor_id ON delivery (pass_through_id, processor_id);

ALTER TABLE "receipt" ADD CONSTRAINT fk_receipt_processor_id_delivery_id_invoice_id FOREIGN KEY(processor_id, delivery_id, invoice_id) REFERENCES delivery (processor_id, id, invoice_id);
