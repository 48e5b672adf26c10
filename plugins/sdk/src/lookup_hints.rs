//! Texts for a person who checks at the provider whether a write whose answer was lost was carried out.

/// Maximum number of items named.
const MAX_NAMED: usize = 5;

/// What to conclude from the result.
pub const CONCLUSION: &str = "If it is there, the write was carried out: do not send it again. If it is not, look once \
     more some minutes later before you treat it as not carried out.";

/// Additional advice for a count: it sets stock, so one sent later undoes what happened in between.
pub const OF_A_COUNT: &str = "Count again before you resend a count: stock has moved since.";

/// The goods of a document, which distinguish it from others: `daj1 × 10, daj2 × 12 and 3 more`.
pub fn goods<'a>(lines: impl ExactSizeIterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let more = lines.len().saturating_sub(MAX_NAMED);
    let named = |(sku, quantity): (&str, Option<&str>)| match quantity {
        Some(quantity) => format!("{sku} × {quantity}"),
        None => sku.to_owned(),
    };
    let mut text = lines.take(MAX_NAMED).map(named).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::goods;

    #[test]
    fn the_first_goods_are_named_and_the_others_counted() {
        assert_eq!(goods([("a", Some("1.50")), ("b", None)].into_iter()), "a × 1.50, b");
        assert_eq!(goods([("a", None); 7].into_iter()), "a, a, a, a, a and 2 more");
    }
}
