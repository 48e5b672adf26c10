//! Format of stock files, and how mistakes in them are reported.

use super::*;

fn mistake(text: &str) -> String {
    Stock::from_toml("stock.toml", text).unwrap_err().to_string()
}

#[test]
fn the_built_in_stock_is_a_stock_file() {
    let stock = Stock::built_in().unwrap();
    assert!(stock.warehouses.contains_key(&WarehouseNo::from("xyp2test")));
    assert!(stock.items.contains_key(&ItemNo::from("BULK-0250")));
}

#[test]
fn an_unknown_key_is_named_with_file_line_and_key() {
    let text = "[[warehouse]]\nno = \"A\"\nnmae = \"x\"\n";
    assert!(mistake(text).starts_with("stock.toml, line 3, `nmae`: unknown field `nmae`"), "{}", mistake(text));
}

#[test]
fn a_stock_entry_in_a_warehouse_that_is_not_there_is_refused() {
    let text = "[[item]]\nno = \"a\"\n\n[[stock]]\nwarehouse = \"W\"\nitem = \"a\"\non_hand = 1\n";
    assert_eq!(mistake(text), "stock.toml, line 5, `warehouse`: there is no [[warehouse]] with no = \"W\"");
}

#[test]
fn a_float_is_refused_as_a_quantity() {
    let text =
        "[[warehouse]]\nno = \"W\"\n[[item]]\nno = \"a\"\n[[stock]]\nwarehouse = \"W\"\nitem = \"a\"\non_hand = 1.5\n";
    assert!(
        mistake(text).starts_with("stock.toml, line 8, `on_hand`: invalid type: floating point"),
        "{}",
        mistake(text)
    );
}

#[test]
fn a_quantity_is_neither_negative_nor_finer_than_four_places() {
    let stock = |quantity: &str| {
        format!(
            "[[warehouse]]\nno = \"W\"\n[[item]]\nno = \"a\"\n[[stock]]\nwarehouse = \"W\"\nitem = \"a\"\non_hand = {quantity}\n"
        )
    };
    assert_eq!(mistake(&stock("-1")), "stock.toml, line 8, `on_hand`: a quantity is not negative");
    assert!(mistake(&stock("\"1.00001\"")).contains("4 after it"));
    assert!(Stock::from_toml("stock.toml", &stock("\"1.5\"")).is_ok());
}

#[test]
fn more_reserved_than_on_hand_is_refused() {
    let text = "[[warehouse]]\nno = \"W\"\n[[item]]\nno = \"a\"\n[[stock]]\nwarehouse = \"W\"\nitem = \"a\"\non_hand = 1\nreserved = 2\n";
    assert_eq!(mistake(text), "stock.toml, line 8, `on_hand`: more is reserved than there is");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Stock::from_file(Path::new("no-such-stock.toml")).unwrap_err();
    assert!(error.to_string().starts_with("cannot read the stock file no-such-stock.toml: "));
}
