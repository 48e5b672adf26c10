//! Comparison of a document's goods with the order's.

use std::collections::BTreeMap;

use stockbridge_connector::decimal;

/// A line, of the order or of a document. A field that is none is not compared.
pub(crate) struct Line<'a> {
    pub(crate) spec_no: &'a str,
    pub(crate) num: &'a str,
    pub(crate) defect: Option<bool>,
    pub(crate) batch_no: Option<&'a str>,
    /// 实体仓, if lines have one.
    pub(crate) warehouse_no: Option<&'a str>,
}

/// The document's difference from the order, or none. Lines of the same item may have been merged, so sums are compared;
/// and a field that the order does not give on all its lines of an item is not compared for that item.
pub(crate) fn difference(ordered: &[Line<'_>], document: &[Line<'_>]) -> Option<String> {
    let given =
        |spec_no: &str, says: fn(&Line<'_>) -> bool| ordered.iter().filter(|line| line.spec_no == spec_no).all(says);
    let key = |line: &Line<'_>| {
        (
            line.spec_no.to_owned(),
            line.defect.filter(|_| given(line.spec_no, |line| line.defect.is_some())),
            line.batch_no.filter(|_| given(line.spec_no, |line| line.batch_no.is_some())).map(str::to_owned),
            line.warehouse_no.filter(|_| given(line.spec_no, |line| line.warehouse_no.is_some())).map(str::to_owned),
        )
    };
    let sums = |lines: &[Line<'_>]| {
        let mut sums = BTreeMap::new();
        for line in lines {
            *sums.entry(key(line)).or_insert(0) += decimal::scaled(line.num, 4)?;
        }
        Some(sums)
    };
    let (Some(ordered), Some(found)) = (sums(ordered), sums(document)) else {
        return Some("its figures cannot be read".to_owned());
    };
    let differs = ordered.iter().find(|(key, sum)| found.get(*key) != Some(*sum));
    let differs = differs.or_else(|| found.iter().find(|(key, _)| !ordered.contains_key(*key)));
    differs.map(|((spec_no, ..), _)| format!("its {spec_no} differs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line<'a>(spec_no: &'a str, num: &'a str, defect: Option<bool>) -> Line<'a> {
        Line { spec_no, num, defect, batch_no: None, warehouse_no: None }
    }

    #[test]
    fn goods_are_the_same_in_another_order_and_spelling_and_joined() {
        let ordered = [line("a", "1.50", Some(false)), line("b", "2", None), line("a", "1", Some(false))];
        let document = [line("b", "2.0000", Some(false)), line("a", "2.5", Some(false))];
        assert_eq!(difference(&ordered, &document), None);
    }

    #[test]
    fn another_figure_item_or_state_is_told() {
        let ordered = [line("a", "1", Some(false))];
        for document in [
            vec![line("a", "2", Some(false))],
            vec![line("a", "1", Some(true))],
            vec![line("b", "1", Some(false))],
            vec![line("a", "1", Some(false)), line("b", "1", None)],
            vec![line("a", "x", Some(false))],
            vec![],
        ] {
            assert!(difference(&ordered, &document).is_some());
        }
    }
}
