-- One processor as version 0001 left it, a row in every table: what `db upgrade` must carry over. Never edited.

INSERT INTO "login_attempt" (id, at, email_digest, secret_digest, address_prefix, succeeded)
VALUES (1, '2026-11-02 08:00:00.000000', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '192.0.2', FALSE);

INSERT INTO "login_attempt" (id, at, email_digest, secret_digest, address_prefix, succeeded)
VALUES (2, '2026-11-02 08:00:00.000000', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '192.0.2', FALSE);

INSERT INTO "processor" (id, ref, created_at)
VALUES (1, 'acme', '2026-11-02 08:00:00.000000');

INSERT INTO "number_series" (id, processor_id, series, year, last_sequence, last_issue_date)
VALUES (1, 1, 'RE', 2026, 1, '2026-11-02');

INSERT INTO "audit_log" (id, processor_id, seq, prev_hash, hash, at, actor, action, subject, details)
VALUES (1, 1, 1, '0000000000000000000000000000000000000000000000000000000000000000', '837e2a9bb5e24aa8a5e5f17f8716074dc650c22dd4999ec9afde1fd1fd146ee2', '2026-11-02 08:00:00.000000', 'tester', 'month_closed', 'contract:V1', '{"month":"2026-10"}');

INSERT INTO "access_log" (id, processor_id, day, seq, prev_hash, hash, at, actor, action, subject, details)
VALUES (1, 1, '2026-11-02', 1, '0000000000000000000000000000000000000000000000000000000000000000', '837e2a9bb5e24aa8a5e5f17f8716074dc650c22dd4999ec9afde1fd1fd146ee2', '2026-11-02 08:00:00.000000', 'tester', 'month_closed', 'contract:V1', '{"month":"2026-10"}');

INSERT INTO "retention_record" (id, processor_id, table_name, row_id, retention_class, retained_until, recorded_on, recorded_at, recorded_by_name, reason)
VALUES (1, 1, 'contact', 99, 'letter', '2017-05-01', '2017-05-01', '2017-05-01 00:00:00.000000', 'tester', 'Frist');

INSERT INTO "outbox" (id, processor_id, kind, subject_table, subject_id, attempts, not_before, created_at)
VALUES (1, 1, 'render', 'invoice', 1, 0, '2026-10-06 07:00:00.000000', '2026-11-02 08:00:00.000000');

INSERT INTO "person" (id, processor_id, ref, initials)
VALUES (1, 1, 'P1', 'AB');

INSERT INTO "controller" (id, processor_id, ref, name, street, postcode, city, country, vat_case, language)
VALUES (1, 1, 'K1', 'Kunde', 'Weg 1', '70173', 'Stuttgart', 'DE', 'domestic', 'de');

INSERT INTO "contact" (id, processor_id, controller_id, name, email_digest, may_approve)
VALUES (1, 1, 1, x'013831363261383235773dff14a0f803e1f69e166cdc5b0951ad356d239428d619a9b63cf14ff8b26116d6d0c7857ce7', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', FALSE);

INSERT INTO "site" (id, processor_id, controller_id, name)
VALUES (1, 1, 1, 'Stuttgart');

INSERT INTO "user" (id, processor_id, person_id, email, email_digest, created_at)
VALUES (1, 1, 1, x'013831363261383235529431046d8a5e0b0a5ccd7cdfdbffafce81079998736addd5b8f5c8dfb1e378e0ed82374f6be9fc77b25e', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '2026-11-02 08:00:00.000000');

INSERT INTO "recovery_code" (id, processor_id, user_id, code_hash)
VALUES (1, 1, 1, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');

INSERT INTO "session" (id, processor_id, user_id, token_hash, started_at, last_seen_at, expires_at)
VALUES (1, 1, 1, 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', '2026-11-02 08:00:00.000000', '2026-11-02 08:00:00.000000', '2026-11-02 08:00:00.000000');

INSERT INTO "api_token" (id, processor_id, user_id, label, token_hash, scopes, created_at, expires_at)
VALUES (1, 1, 1, 'Skript', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 'read', '2026-11-02 08:00:00.000000', '2026-11-02 08:00:00.000000');

INSERT INTO "mail_link" (id, processor_id, token_hash, purpose, user_id, created_at, expires_at)
VALUES (1, 1, 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 'invitation', 1, '2026-11-02 08:00:00.000000', '2026-11-02 08:00:00.000000');

INSERT INTO "idempotency_key" (id, processor_id, user_id, key, request_sha256, created_at)
VALUES (1, 1, 1, 'k1', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '2026-11-02 08:00:00.000000');

INSERT INTO "stored_file" (id, processor_id, recorded_at, recorded_by_name, name, media_type, size, sha256, content, key_id, retention_class, retain_until)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 'beleg.pdf', 'application/pdf', 19, '3a0c735d0649d2c57f6efef2f1598618a491d3cfa3c9f30f298c73d41e01f3b1', x'013831363261383235e36b4a8d7671f1c1b3fa46e3391b4fdd8f86222d376b42dab941374ae4423ce5b34bac118aac84663f5d4de555e2c4', '8162a825', 'voucher', '2034-12-31');

INSERT INTO "run" (id, processor_id, month, as_of, as_of_fixed, started_by_name, started_at)
VALUES (1, 1, '2026-10', '2026-11-02 08:00:00.000000', FALSE, 'tester', '2026-11-02 08:00:00.000000');

INSERT INTO "role_grant" (id, processor_id, recorded_at, recorded_by_name, user_id, role, reason)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 1, 'admin', 'Gründung');

INSERT INTO "contract" (id, processor_id, recorded_at, recorded_by_name, ref, controller_id, number, term_set, starts_on)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 'V1', 1, 'AVV-1', 'immoinvent-2026', '2026-01-01');

INSERT INTO "holiday_set" (id, processor_id, recorded_at, recorded_by_name, land, package_version, dates, sha256)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 'DE-BW', '0.109', '[]', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');

INSERT INTO "processor_version" (id, processor_id, recorded_at, recorded_by_name, valid_from, version_no, company_name, street, postcode, city, country, land, time_zone, vat_id, small_business, cash_basis, number_pattern, invoice_series, correction_series)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', '2026-01-01', 1, 'Acme GmbH', 'Weg 2', '70173', 'Stuttgart', 'DE', 'BW', 'Europe/Berlin', 'DE123456789', FALSE, FALSE, '{series}-{year}-{number:4}', 'RE', 'ST');

INSERT INTO "import_batch" (id, processor_id, recorded_at, recorded_by_name, file_name, file_sha256, format, row_count)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 'a.csv', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'toggl', 1);

INSERT INTO "case" (id, processor_id, recorded_at, recorded_by_name, contract_id, controller_id, ref, kind, title, opened_at)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 1, 1, 'C1', 'dsr', 'Auskunft', '2026-10-06 07:00:00.000000');

INSERT INTO "terms_version" (id, processor_id, recorded_at, recorded_by_name, contract_id, valid_from, version_no, terms, sha256)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 1, '2026-10', 1, '{}', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');

INSERT INTO "opening_balance" (id, processor_id, recorded_at, recorded_by_name, kind, contract_id, month, value)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 'allowance_used', 1, '2026-10', 20);

INSERT INTO "draft" (id, processor_id, run_id, contract_id, month, as_of, facts_hash, settlement, state)
VALUES (1, 1, 1, 1, '2026-09', '2026-11-02 08:00:00.000000', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '{}', 'draft');

INSERT INTO "import_row_key" (id, processor_id, import_batch_id, digest, line)
VALUES (1, 1, 1, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 2);

INSERT INTO "case_version" (id, processor_id, recorded_at, recorded_by_name, case_id, cause, cause_reason)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 1, 'undecided', x'013831363261383235bfa91cff775eaeb8f7845111c09395b38d1b7edb7745f76b14a9e8176c93ef6602e09bd9be08155e95425f');

INSERT INTO "estimate" (id, processor_id, recorded_at, recorded_by_name, ref, case_id, contract_id, controller_id)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 'KV1', 1, 1, 1);

INSERT INTO "estimate" (id, processor_id, recorded_at, recorded_by_name, ref, case_id, contract_id, controller_id)
VALUES (2, 1, '2026-11-02 08:00:00.000000', 'tester', 'KV2', 1, 1, 1);

INSERT INTO "entry" (id, processor_id, recorded_at, recorded_by_name, ref, case_id, contract_id, controller_id, person_id)
VALUES (1, 1, '2026-10-06 07:00:00.000000', 'tester', 'E1', 1, 1, 1, 1);

INSERT INTO "expense" (id, processor_id, recorded_at, recorded_by_name, ref, case_id, contract_id, controller_id, kind, incurred_on, net_cents, receipt, remedies_processor_defect)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 'A1', 1, 1, 1, 'travel', '2026-10-06', 4200, TRUE, FALSE);

INSERT INTO "estimate_version" (id, processor_id, recorded_at, recorded_by_name, estimate_id, contract_id, controller_id, version_no, state, description, lines, sha256, sent_at)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 1, 1, 1, 1, 'approved', x'013831363261383235f8742f48cb413c627d0831bfeff26b832e78bd4153d926407e7797c075f8b3054788a5b8', '[]', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '2026-11-02 08:00:00.000000');

INSERT INTO "estimate_version" (id, processor_id, recorded_at, recorded_by_name, estimate_id, contract_id, controller_id, version_no, state, description, lines)
VALUES (2, 1, '2026-11-02 08:00:00.000000', 'tester', 2, 1, 1, 1, 'draft', x'0138313632613832359cc5c46a83364a3445afe12fd210b9ac3d646c8564b92c466a517b62c6679f9fb6d66a16', '[]');

INSERT INTO "entry_version" (id, processor_id, recorded_at, recorded_by_name, entry_id, person_id, version_no, start_at, end_at, service, travel, onsite, urgent, remedies_processor_defect, deleted)
VALUES (1, 1, '2026-10-06 08:00:00.000000', 'tester', 1, 1, 1, '2026-10-06 07:00:00.000000', '2026-10-06 08:00:00.000000', 'request_processing', FALSE, FALSE, FALSE, FALSE, FALSE);

INSERT INTO "incomplete_entry" (id, processor_id, recorded_at, recorded_by_name, worked_on, duration_minutes)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', '2026-10-07', 30);

INSERT INTO "estimate_line" (id, processor_id, estimate_version_id, rate_class, minutes)
VALUES (1, 1, 1, 'regular', 120);

INSERT INTO "estimate_line" (id, processor_id, estimate_version_id, rate_class, minutes)
VALUES (2, 1, 2, 'regular', 120);

INSERT INTO "approval" (id, processor_id, recorded_at, recorded_by_name, estimate_version_id, controller_id, approved_at, approver_name, channel)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 1, 1, '2026-11-02 08:00:00.000000', x'0138313632613832353f919321ab21727305e2307270e2e0299d546f521a48c1f886833d632d95af2d8a77901d3881f3', 'mail');

INSERT INTO "estimate_event" (id, processor_id, recorded_at, recorded_by_name, estimate_version_id, controller_id, state, happened_at, contact_id)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 2, 1, 'questioned', '2026-11-02 08:00:00.000000', 1);

INSERT INTO "closing" (id, processor_id, contract_id, month, run_id, as_of, closed_at, closed_by_name, terms_version_ids, terms_sha256, facts_hash, settlement)
VALUES (1, 1, 1, '2026-10', 1, '2026-11-02 08:00:00.000000', '2026-11-02 08:00:00.000000', 'tester', '[]', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '{"month":"2026-10"}');

INSERT INTO "invoice" (id, processor_id, contract_id, controller_id, closing_id, kind, series, year, sequence, number, issue_date, issued_at, service_from, service_to, document, document_sha256, net_cents, vat_cents, gross_cents)
VALUES (1, 1, 1, 1, 1, 'invoice', 'RE', 2026, 1, 'RE-2026-0001', '2026-11-02', '2026-11-02 08:00:00.000000', '2026-10-01', '2026-10-31', '{"number":1}', '3d6a916e86efba9105154ea95dda8d8da47df173d931c23e7a346c7babd81a3e', 14200, 2698, 16898);

INSERT INTO "correction" (id, processor_id, recorded_at, recorded_by_name, closing_id, scope, reason)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 1, 'partial', 'Fehler');

INSERT INTO "segment" (id, processor_id, closing_id, contract_id, entry_id, from_min, to_min, month, verdict, code, clause, rate_class, price_numerator, price_denominator, source)
VALUES (1, 1, 1, 1, 1, 29854500, 29854560, '2026-10', 'billed', 'billed', '13(4)a', 'regular', 25, 1, 'KV1');

INSERT INTO "unit" (id, processor_id, closing_id, contract_id, controller_id, case_id, group_key, rate_class, price_numerator, price_denominator, units)
VALUES (1, 1, 1, 1, 1, 1, 'C1', 'regular', 25, 1, 4);

INSERT INTO "closing_expense" (id, processor_id, closing_id, contract_id, expense_id, verdict, code, clause, net_cents)
VALUES (1, 1, 1, 1, 1, 'billed', 'billed', '13(4)c', 4200);

INSERT INTO "invoice_file" (id, processor_id, invoice_id, kind, stored_file_id, created_at)
VALUES (1, 1, 1, 'pdf', 1, '2026-11-02 08:00:00.000000');

INSERT INTO "delivery" (id, processor_id, invoice_id, attempted_at, channel, recipient, recipient_digest, message_id, outcome)
VALUES (1, 1, 1, '2026-11-02 08:00:00.000000', 'mail', x'013831363261383235d0d57d33dd218e76e88b2a10d4b261eefefce9de6fadd1735f0597f12744ff335968db0f4ec28a7d178d2f', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'm1', 'accepted');

INSERT INTO "receipt" (id, processor_id, recorded_at, recorded_by_name, invoice_id, received_on)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 1, '2026-11-02');

INSERT INTO "payment" (id, processor_id, recorded_at, recorded_by_name, invoice_id, paid_on, amount_cents)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 1, '2026-11-02', 16898);

INSERT INTO "reminder" (id, processor_id, recorded_at, recorded_by_name, invoice_id, level, sent_on, interest_cents, flat_fee_cents)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 1, 1, '2026-11-02', 0, 0);

INSERT INTO "written_off" (id, processor_id, recorded_at, recorded_by_name, invoice_id, amount_cents, reason)
VALUES (1, 1, '2026-11-02 08:00:00.000000', 'tester', 1, 100, 'Kulanz');

INSERT INTO "correction_item" (id, processor_id, correction_id, case_id)
VALUES (1, 1, 1, 1);
