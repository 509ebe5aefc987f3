CREATE INDEX ix_case_contract_id_processor_id ON "case" (contract_id, processor_id);

CREATE INDEX ix_opening_balance_series_year_processor_id ON opening_balance (series, year, processor_id);

CREATE INDEX ix_draft_contract_id_processor_id ON draft (contract_id, processor_id);

CREATE INDEX ix_closing_contract_id_processor_id ON closing (contract_id, processor_id);

CREATE INDEX ix_expense_contract_id_processor_id ON expense (contract_id, processor_id);

CREATE INDEX ix_unit_contract_id_processor_id ON unit (contract_id, processor_id);

CREATE INDEX ix_closing_expense_contract_id_processor_id ON closing_expense (contract_id, processor_id);
