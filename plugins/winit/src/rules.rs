//! The page's rules between the fields of an adjustment: 注意 at `skuType` and `barcodeValue`.

use stockbridge_connector::{AdjustedItem, AdjustmentLine, Packaging, Refused};

use crate::product::Product;

/// Refuses lines that break a rule, by the path of the field.
pub(crate) fn check(product: Product, lines: &[AdjustmentLine]) -> Result<(), Refused> {
    let packaging = lines.first().map(|line| line.from.packaging);
    for (place, line) in lines.iter().enumerate() {
        let path = format!("{}[{place}]", product.path());
        match product {
            Product::Unpack => {
                unpacked(&path, line, packaging)?;
                same_barcode(&path, line)?;
            }
            Product::ChangeOwner => {
                same_packaging(&path, line)?;
                same_barcode(&path, line)?;
            }
            Product::Relabel => {
                same_packaging(&path, line)?;
                same_except_barcode(&path, line)?;
            }
        }
    }
    Ok(())
}

/// OSF61: boxes or suites become single items, and one order has either boxes or suites.
fn unpacked(path: &str, line: &AdjustmentLine, first: Option<Packaging>) -> Result<(), Refused> {
    let from = format!("{path}.from.packaging");
    if line.from.packaging == Packaging::Single {
        return Err(Refused::invalid(from, "only a box or a suite can be unpacked (OSF61)"));
    }
    if first.is_some_and(|first| first != line.from.packaging) {
        return Err(Refused::invalid(from, "boxes and suites cannot be unpacked in one order (OSF61)"));
    }
    if line.to.packaging != Packaging::Single {
        return Err(Refused::invalid(format!("{path}.to.packaging"), "unpacked goods come in as single items (OSF61)"));
    }
    Ok(())
}

fn same_packaging(path: &str, line: &AdjustmentLine) -> Result<(), Refused> {
    same(path, "packaging", line, |item| item.packaging)
}

/// For all except OSF65.
fn same_barcode(path: &str, line: &AdjustmentLine) -> Result<(), Refused> {
    same(path, "barcode", line, |item| filled(item.barcode.as_ref()))
}

/// OSF65: only the barcode may change.
fn same_except_barcode(path: &str, line: &AdjustmentLine) -> Result<(), Refused> {
    same(path, "sku", line, |item| item.sku.as_str())?;
    same(path, "specification", line, |item| filled(item.specification.as_ref()))?;
    same(path, "quantity", line, |item| item.quantity.as_str())?;
    same(path, "standard-parts", line, |item| item.standard_parts)?;
    if filled(line.from.barcode.as_ref()) == filled(line.to.barcode.as_ref()) {
        return Err(Refused::invalid(
            format!("{path}.to.barcode"),
            "the barcode has to change, but is the same on both sides",
        ));
    }
    Ok(())
}

/// An empty text counts as none: the page's examples write absent values so.
fn filled(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

fn same<'a, T: PartialEq>(
    path: &str,
    field: &str,
    line: &'a AdjustmentLine,
    of: impl Fn(&'a AdjustedItem) -> T,
) -> Result<(), Refused> {
    if of(&line.from) == of(&line.to) {
        return Ok(());
    }
    Err(Refused::invalid(format!("{path}.to.{field}"), "Winit requires this to be the same on both sides"))
}
