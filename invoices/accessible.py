"""What a printed table lacks for who has it read aloud: of each header cell, whether it heads a column or a row."""

from pikepdf import Dictionary, Name, Pdf


def say_scopes(pdf: Pdf) -> None:
    """Give every header cell its scope (PDF/UA-1, 7.5): WeasyPrint tags the cell and forgets what it heads."""
    for cell in pdf.objects:
        if isinstance(cell, Dictionary) and cell.get("/S") == Name.TH:
            heads_columns = cell.P.P.get("/S") == Name.THead
            cell.A = Dictionary(O=Name.Table, Scope=Name.Column if heads_columns else Name.Row)
