//! The simulator's ledger before and after the demo, and the check of the expected changes.

use anyhow::{Context, Result, ensure};
use rust_decimal::Decimal;
use serde_json::Value;

/// The simulator's stock at one moment.
pub(super) struct Ledger {
    rows: Vec<Row>,
    pools: Vec<(String, Decimal)>,
    documents: usize,
}

/// Stock of one kind in one place.
pub(super) struct Row {
    warehouse: String,
    item: String,
    owner: String,
    packaging: String,
    barcode: String,
    on_hand: Decimal,
    reserved: Decimal,
}

impl Row {
    pub(super) fn is(&self, warehouse: &str, item: &str) -> bool {
        self.warehouse == warehouse && self.item == item
    }

    pub(super) fn lot(&self, owner: &str, packaging: &str, barcode: &str) -> bool {
        self.owner == owner && self.packaging == packaging && self.barcode == barcode
    }
}

impl Ledger {
    pub(super) fn read(json: &str) -> Result<Ledger> {
        let ledger: Value = serde_json::from_str(json)?;
        let list = |name: &str| {
            ledger.get(name).and_then(Value::as_array).with_context(|| format!("the ledger has no {name}"))
        };
        let rows = list("stock")?.iter().map(|row| {
            Ok(Row {
                warehouse: text(row, "warehouse")?,
                item: text(row, "item")?,
                owner: text(row, "owner")?,
                packaging: text(row, "packaging")?,
                barcode: text(row, "barcode")?,
                on_hand: text(row, "on_hand")?.parse()?,
                reserved: text(row, "reserved")?.parse()?,
            })
        });
        let pools = list("pools")?.iter().map(|pool| Ok((text(pool, "pool")?, text(pool, "free")?.parse()?)));
        Ok(Ledger {
            rows: rows.collect::<Result<_>>()?,
            pools: pools.collect::<Result<_>>()?,
            documents: list("documents")?.len(),
        })
    }

    fn sum(&self, of: impl Fn(&Row) -> Decimal, rows: impl Fn(&Row) -> bool) -> Decimal {
        self.rows.iter().filter(|row| rows(row)).map(of).sum()
    }

    fn pool(&self, name: &str) -> Decimal {
        self.pools.iter().filter(|(pool, _)| pool == name).map(|(_, free)| *free).sum()
    }
}

fn text(of: &Value, name: &str) -> Result<String> {
    of[name].as_str().map(str::to_owned).with_context(|| format!("the ledger's rows have no {name}"))
}

/// Compares the expected changes with the real ones.
pub(super) struct Book<'a> {
    before: &'a Ledger,
    after: &'a Ledger,
    wrong: usize,
}

impl<'a> Book<'a> {
    pub(super) fn new(before: &'a Ledger, after: &'a Ledger) -> Book<'a> {
        Book { before, after, wrong: 0 }
    }

    /// On-hand stock changed by this much.
    pub(super) fn moved(&mut self, what: &str, by: &str, rows: impl Fn(&Row) -> bool) {
        let (before, after) = (self.before.sum(|row| row.on_hand, &rows), self.after.sum(|row| row.on_hand, &rows));
        self.line(what, before, after, by);
    }

    /// Held stock grew by this much, and on-hand stock stayed.
    pub(super) fn held(&mut self, what: &str, by: &str, rows: impl Fn(&Row) -> bool) {
        let (before, after) = (self.before.sum(|row| row.reserved, &rows), self.after.sum(|row| row.reserved, &rows));
        self.line(what, before, after, by);
        self.moved(&format!("{what}, on hand"), "0", rows);
    }

    /// A virtual warehouse's stock changed by this much.
    pub(super) fn pool(&mut self, name: &str, by: &str) {
        let (before, after) = (self.before.pool(name), self.after.pool(name));
        self.line(&format!("daj1 in the pool {name}"), before, after, by);
    }

    /// This many documents were created; refused and repeated writes created none.
    pub(super) fn documents(&mut self, made: usize) {
        self.line("documents", self.before.documents.into(), self.after.documents.into(), &made.to_string());
    }

    fn line(&mut self, what: &str, before: Decimal, after: Decimal, by: &str) {
        let right = by.parse::<Decimal>().is_ok_and(|by| after - before == by);
        self.wrong += usize::from(!right);
        let verdict = if right { "as ordered" } else { "WRONG" };
        println!(
            "{what:<30} {before:>8} → {after:>8}   {by:>4}  {verdict}",
            before = before.normalize(),
            after = after.normalize()
        );
    }

    pub(super) fn close(self) -> Result<()> {
        ensure!(self.wrong == 0, "{} figures of the ledger differ from the orders", self.wrong);
        println!("\nEvery figure of the ledger matches the orders.");
        Ok(())
    }
}
