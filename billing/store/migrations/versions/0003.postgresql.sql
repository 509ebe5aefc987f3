CREATE INDEX ix_case_contract_id_processor_id ON "case" (contract_id, processor_id);

CREATE INDEX ix_draft_contract_id_processor_id ON draft (contract_id, processor_id);

CREATE INDEX ix_closing_contract_id_processor_id ON closing (contract_id, processor_id);

CREATE INDEX ix_expense_contract_id_processor_id ON expense (contract_id, processor_id);
