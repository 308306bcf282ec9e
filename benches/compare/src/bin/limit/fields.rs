//! Reads the fields of headers, lines and rows: the usual key order by literals, every other one by its keys.

use crate::scan::{Scan, Span, Step};

/// What stands once a document.
#[derive(Clone, Copy, Default)]
pub struct Header {
    pub doc_no: Span,
    pub uuid: Span,
    pub company_code: Span,
    pub doc_type: Span,
    pub doc_date: Span,
    pub post_date: Span,
    pub currency: Span,
    pub local_currency: Span,
    pub reference: Span,
    pub header_text: Span,
    pub user: Span,
    pub period: Span,
    pub rate: Span,
}

impl Header {
    pub fn spans(&self) -> [Span; 12] {
        [
            self.uuid,
            self.company_code,
            self.doc_type,
            self.doc_date,
            self.post_date,
            self.currency,
            self.local_currency,
            self.reference,
            self.header_text,
            self.user,
            self.period,
            self.rate,
        ]
    }
    pub fn source_bytes(&self) -> usize {
        self.spans().iter().map(|span| span.len as usize).sum::<usize>() + 2 * self.doc_no.len as usize
    }
}

/// What stands once a line.
#[derive(Clone, Copy, Default)]
pub struct Line {
    pub line_no: Span,
    pub account: Span,
    pub amount: Span,
    pub local_amount: Span,
    pub text: Span,
    pub cost_center: Span,
    pub profit_center: Span,
    pub tax_code: Span,
    pub assignment: Span,
    pub value_date: Span,
    pub segment: Span,
    pub wbs: Span,
}

/// The value after a literal, when that stands here.
macro_rules! maybe {
    ($scan:ident, $literal:literal, $read:ident => $into:expr) => {
        if $scan.literal($literal) {
            $into = $scan.$read()?;
        }
    };
}

/// Unknown values after a literal, when that stands here.
macro_rules! pass {
    ($scan:ident, $literal:literal, $read:ident) => {
        if $scan.literal($literal) {
            $scan.$read()?;
        }
    };
}

#[inline(always)]
pub unsafe fn line_field(scan: &mut Scan, key: &[u8], line: &mut Line) -> Step<bool> {
    let field = match key {
        b"lineNo" => &mut line.line_no,
        b"account" => &mut line.account,
        b"amount" => &mut line.amount,
        b"localAmount" => &mut line.local_amount,
        b"text" => &mut line.text,
        b"costCenter" => &mut line.cost_center,
        b"profitCenter" => &mut line.profit_center,
        b"taxCode" => &mut line.tax_code,
        b"assignment" => &mut line.assignment,
        b"valueDate" => &mut line.value_date,
        b"segment" => &mut line.segment,
        b"wbs" => &mut line.wbs,
        _ => return Ok(false),
    };
    *field = scan.leaf()?;
    Ok(true)
}

#[inline(always)]
pub unsafe fn header_field(scan: &mut Scan, key: &[u8], header: &mut Header) -> Step<bool> {
    let field = match key {
        b"docNo" => &mut header.doc_no,
        b"uuid" => &mut header.uuid,
        b"companyCode" => &mut header.company_code,
        b"docType" => &mut header.doc_type,
        b"docDate" => &mut header.doc_date,
        b"postDate" => &mut header.post_date,
        b"currency" => &mut header.currency,
        b"localCurrency" => &mut header.local_currency,
        b"reference" => &mut header.reference,
        b"headerText" => &mut header.header_text,
        b"user" => &mut header.user,
        b"period" => &mut header.period,
        b"fxRate" => &mut header.rate,
        b"fx" => {
            return fields(scan, |scan, key| {
                if key == b"rate" {
                    header.rate = scan.leaf()?;
                } else {
                    scan.any()?;
                }
                Ok(())
            })
            .map(|()| true);
        }
        _ => return Ok(false),
    };
    *field = scan.leaf()?;
    Ok(true)
}

/// Each member of an object, or nothing for null.
#[inline(always)]
pub unsafe fn fields(scan: &mut Scan, mut each: impl FnMut(&mut Scan, &[u8]) -> Step<()>) -> Step<()> {
    if scan.byte() == b'n' {
        return scan.leaf().map(|_| ());
    }
    let mut more = scan.enter(b'{', b'}')?;
    while more {
        let key = scan.key()?;
        each(scan, key)?;
        more = scan.more(b'}')?;
    }
    Ok(())
}

/// The members that are left of an object of which some may have been read.
#[inline(always)]
pub unsafe fn rest(
    scan: &mut Scan,
    from: usize,
    mut each: impl FnMut(&mut Scan, &[u8]) -> Step<()>,
) -> Step<()> {
    let mut more = if scan.at == from { scan.enter(b'{', b'}')? } else { scan.more(b'}')? };
    while more {
        let key = scan.key()?;
        each(scan, key)?;
        more = scan.more(b'}')?;
    }
    Ok(())
}

/// A line of a nested batch; here is its opening bracket.
#[inline(always)]
pub unsafe fn line(scan: &mut Scan, line: &mut Line) -> Step<()> {
    let from = scan.at;
    if scan.roomy() && scan.literal(b"{\"lineNo\":") {
        line.line_no = scan.number()?;
        pass!(scan, b",\"id\":\"", text);
        maybe!(scan, b",\"account\":", scalar => line.account);
        maybe!(scan, b",\"amount\":", scalar => line.amount);
        maybe!(scan, b",\"localAmount\":", scalar => line.local_amount);
        maybe!(scan, b",\"text\":\"", text => line.text);
        maybe!(scan, b",\"costCenter\":", scalar => line.cost_center);
        maybe!(scan, b",\"profitCenter\":\"", text => line.profit_center);
        maybe!(scan, b",\"taxCode\":", scalar => line.tax_code);
        maybe!(scan, b",\"assignment\":\"", text => line.assignment);
        maybe!(scan, b",\"valueDate\":", scalar => line.value_date);
        if scan.literal(b",\"dims\":{\"segment\":") {
            line.segment = scan.scalar()?;
            maybe!(scan, b",\"wbs\":", scalar => line.wbs);
            pass!(scan, b",\"order\":", scalar);
            if !scan.literal(b"}") {
                rest(scan, usize::MAX, |scan, key| dimension(scan, key, line))?;
            }
        }
        pass!(scan, b",\"source\":", skip);
        pass!(scan, b",\"flags\":", skip);
        pass!(scan, b",\"quantity\":", number);
        pass!(scan, b",\"unit\":\"", text);
        pass!(scan, b",\"memo\":\"", text);
        if scan.literal(b"}") {
            return Ok(());
        }
    }
    rest(scan, from, |scan, key| {
        if key == b"dims" {
            return fields(scan, |scan, key| dimension(scan, key, line));
        }
        if !line_field(scan, key, line)? {
            scan.any()?;
        }
        Ok(())
    })
}

#[inline(always)]
pub unsafe fn dimension(scan: &mut Scan, key: &[u8], line: &mut Line) -> Step<()> {
    match key {
        b"segment" => line.segment = scan.leaf()?,
        b"wbs" => line.wbs = scan.leaf()?,
        _ => {
            scan.any()?;
        }
    }
    Ok(())
}

/// A row of the flat form; here is its opening bracket. Returns where the header ended when all of it stood first.
#[inline(always)]
pub unsafe fn row(scan: &mut Scan, header: &mut Header, line: &mut Line) -> Step<usize> {
    let from = scan.at;
    let mut prefix = 0;
    if scan.roomy() && scan.literal(b"{\"docNo\":\"") {
        header.doc_no = scan.text()?;
        maybe!(scan, b",\"uuid\":\"", text => header.uuid);
        maybe!(scan, b",\"companyCode\":\"", text => header.company_code);
        maybe!(scan, b",\"docType\":\"", text => header.doc_type);
        maybe!(scan, b",\"docDate\":\"", text => header.doc_date);
        maybe!(scan, b",\"postDate\":\"", text => header.post_date);
        maybe!(scan, b",\"currency\":\"", text => header.currency);
        maybe!(scan, b",\"localCurrency\":\"", text => header.local_currency);
        maybe!(scan, b",\"reference\":\"", text => header.reference);
        maybe!(scan, b",\"headerText\":\"", text => header.header_text);
        maybe!(scan, b",\"user\":\"", text => header.user);
        maybe!(scan, b",\"period\":", number => header.period);
        maybe!(scan, b",\"fxRate\":", number => header.rate);
        if scan.literal(b",\"lineNo\":") {
            prefix = scan.at - from;
            line.line_no = scan.number()?;
        }
        pass!(scan, b",\"id\":\"", text);
        maybe!(scan, b",\"account\":", scalar => line.account);
        maybe!(scan, b",\"amount\":", scalar => line.amount);
        maybe!(scan, b",\"localAmount\":", scalar => line.local_amount);
        maybe!(scan, b",\"text\":\"", text => line.text);
        maybe!(scan, b",\"costCenter\":", scalar => line.cost_center);
        maybe!(scan, b",\"profitCenter\":\"", text => line.profit_center);
        maybe!(scan, b",\"taxCode\":", scalar => line.tax_code);
        maybe!(scan, b",\"assignment\":\"", text => line.assignment);
        maybe!(scan, b",\"valueDate\":", scalar => line.value_date);
        maybe!(scan, b",\"segment\":", scalar => line.segment);
        maybe!(scan, b",\"wbs\":", scalar => line.wbs);
        pass!(scan, b",\"order\":", scalar);
        pass!(scan, b",\"source\":", skip);
        pass!(scan, b",\"quantity\":", number);
        pass!(scan, b",\"unit\":\"", text);
        pass!(scan, b",\"createdAt\":\"", text);
        pass!(scan, b",\"memo\":", scalar);
        pass!(scan, b",\"extra\":", skip);
        if scan.literal(b"}") {
            return Ok(prefix);
        }
    }
    rest(scan, from, |scan, key| {
        if line_field(scan, key, line)? {
            return Ok(());
        }
        prefix = 0;
        if !header_field(scan, key, header)? {
            scan.any()?;
        }
        Ok(())
    })?;
    Ok(prefix)
}

/// The header in its usual order, as far as it is met.
#[inline(always)]
pub unsafe fn entry_start(scan: &mut Scan, header: &mut Header) -> Step<()> {
    if !scan.roomy() || !scan.literal(b"{\"docNo\":\"") {
        return Ok(());
    }
    header.doc_no = scan.text()?;
    maybe!(scan, b",\"uuid\":\"", text => header.uuid);
    maybe!(scan, b",\"companyCode\":\"", text => header.company_code);
    maybe!(scan, b",\"docType\":\"", text => header.doc_type);
    maybe!(scan, b",\"docDate\":\"", text => header.doc_date);
    maybe!(scan, b",\"postDate\":\"", text => header.post_date);
    maybe!(scan, b",\"currency\":\"", text => header.currency);
    maybe!(scan, b",\"localCurrency\":\"", text => header.local_currency);
    maybe!(scan, b",\"reference\":\"", text => header.reference);
    maybe!(scan, b",\"headerText\":\"", text => header.header_text);
    maybe!(scan, b",\"user\":\"", text => header.user);
    maybe!(scan, b",\"period\":", number => header.period);
    if scan.literal(b",\"fx\":{\"rate\":") {
        header.rate = scan.number()?;
        pass!(scan, b",\"type\":\"", text);
        if !scan.literal(b"}") {
            rest(scan, usize::MAX, |scan, _| scan.any().map(|_| ()))?;
        }
    }
    pass!(scan, b",\"workflow\":", skip);
    Ok(())
}
