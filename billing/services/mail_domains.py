"""Mail addresses whose domain has letters beyond ASCII, `info@müller.example`: kept and mailed as DNS has them.

IDNA 2008 by UTS 46: whichever way a domain is typed, `MÜLLER.example` or `xn--mller-kva.example`, it is one address.
What stands before the @ is nobody's to translate: it is mailed to by SMTPUTF8 (RFC 6531), where the server can.
"""


def in_ascii(address: str) -> str | None:
    """Give an address with its domain in ASCII (`xn--`); None for one with letters that no domain can have."""
    local, at, domain = address.rpartition("@")
    kept = domain_in_ascii(domain)
    return None if kept is None else f"{local}{at}{kept}"


def domain_in_ascii(domain: str) -> str | None:
    """Give a domain as DNS has it, one in ASCII as it is; None for letters that no domain can have."""
    if domain.isascii():
        return domain
    import idna  # noqa: PLC0415 - its tables take as long to load as a small command runs, and few need them

    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode()
    except idna.IDNAError:
        return None


def in_letters(address: str | None) -> str:
    """Give an address as people read it: the domain in its own letters; "" for none."""
    local, at, domain = (address or "").rpartition("@")
    if "xn--" not in domain.lower():
        return address or ""
    import idna  # noqa: PLC0415 - as above

    try:
        return f"{local}{at}{idna.decode(domain)}"
    except idna.IDNAError:
        return f"{local}{at}{domain}"
