//! The marker at the end of a document's remark (备注), by which the document is looked up: the provider's look-ups show no
//! number of the caller's.
//!
//! It is derived from the application's key and the order's reference, and short, because warehouse staff read and print
//! remarks. The lines' remarks are unchanged.

use stockbridge_connector::{Host, Refused};

use crate::outer_no;

/// The setting that disables it.
pub(crate) const SETTING: &str = "remark-marker";

const PREFIX: &str = "SB-";
const DIGITS: usize = 10;

/// Maximum length of 备注 in the documents that the provider's look-ups show.
pub(crate) const MAX_REMARK: usize = 255;

/// The marker of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker(String);

impl Marker {
    /// The marker that an order is sent with, unless the operator disabled markers.
    pub(crate) fn of(host: &impl Host, reference: &str) -> Result<Option<Marker>, Refused> {
        if !host.switch(SETTING)? {
            return Ok(None);
        }
        let key = host.required_setting("key")?;
        // Constant parts come last, so that the hash spreads the differing parts over all digits.
        let text = [reference, "\n", &key, "\n", SETTING].concat();
        let digits: String = outer_no::derived(&text).chars().take(DIGITS).collect();
        Ok(Some(Marker([PREFIX, &digits].concat())))
    }

    /// The marker in the key of a sent write.
    pub(crate) fn in_key(key: &str) -> Option<Marker> {
        let digits = key.strip_prefix(PREFIX)?;
        let is_marker = digits.len() == DIGITS && digits.bytes().all(|digit| outer_no::DIGITS.contains(&digit));
        is_marker.then(|| Marker(key.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a remark contains it as a separate word, in either case, and also in the full-width letters of a Chinese
    /// keyboard.
    pub(crate) fn is_in(&self, remark: &str) -> bool {
        let narrow: String = remark.chars().map(narrow).collect();
        let words = narrow.split(|character: char| !character.is_ascii_alphanumeric() && character != '-');
        words.into_iter().any(|word| word.eq_ignore_ascii_case(&self.0))
    }
}

/// The ASCII character of a full-width letter, digit or sign.
fn narrow(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        other => other,
    }
}

/// The remark that is sent: the order's own, followed by the marker.
///
/// Refused if the two do not fit: no write that is declared traceable is sent without a marker.
pub(crate) fn marked(remark: Option<&str>, marker: Option<&Marker>) -> Result<Option<String>, Refused> {
    let room = MAX_REMARK - marker.map_or(0, |marker| marker.0.len() + 1);
    let length = remark.map_or(0, |remark| remark.chars().count());
    match (remark, marker) {
        (Some(""), _) => Err(Refused::invalid("remark", "this must not be empty")),
        (Some(_), None) if length > room => {
            Err(Refused::invalid("remark", format!("{length} characters; the provider takes at most {room}")))
        }
        (Some(_), Some(marker)) if length > room => Err(Refused::invalid(
            "remark",
            format!(
                "{length} characters; the provider accepts {MAX_REMARK}, and the marker {} after it leaves {room} \
                 (settings.{SETTING} = \"false\" omits the marker, and the write cannot be looked up if its answer is lost)",
                marker.0
            ),
        )),
        (Some(remark), Some(marker)) => Ok(Some([remark, " ", &marker.0].concat())),
        (None, Some(marker)) => Ok(Some(marker.0.clone())),
        (remark, None) => Ok(remark.map(str::to_owned)),
    }
}

/// Whether a remark may be the rest of the one that was sent: empty, or its beginning without the whole marker.
pub(crate) fn may_be_cut_from(remark: &str, sent: &str) -> bool {
    let normal = |text: &str| text.trim().chars().map(narrow).collect::<String>().to_ascii_uppercase();
    let (remark, sent) = (normal(remark), normal(sent));
    remark.len() < sent.len() && sent.starts_with(&remark)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use stockbridge_connector::native::NativeHost;

    use super::*;

    fn marker(reference: &str) -> Marker {
        let host = NativeHost::without_http().setting("key", "k").setting(SETTING, "true");
        Marker::of(&host, reference).unwrap().unwrap()
    }

    #[test]
    fn a_marker_is_short_and_of_one_application_and_one_reference() {
        let own = marker("order-1");
        // Permanent: a write that was sent is looked up by it.
        assert_eq!(own.as_str(), "SB-BHK4C1EMYM");
        assert_ne!(own, marker("order-2"));
        let other = NativeHost::without_http().setting("key", "other").setting(SETTING, "true");
        assert_ne!(Some(own), Marker::of(&other, "order-1").unwrap());
        let off = NativeHost::without_http().setting(SETTING, "false");
        assert_eq!(Marker::of(&off, "order-1").unwrap(), None);
    }

    #[test]
    fn orders_that_are_numbered_one_after_the_other_have_markers_that_differ_in_every_digit() {
        let markers: Vec<Marker> = (0..50_000).map(|number| marker(&format!("order-{number:08}"))).collect();
        let distinct: BTreeSet<&str> = markers.iter().map(Marker::as_str).collect();
        assert_eq!(distinct.len(), markers.len());
        for place in PREFIX.len()..PREFIX.len() + DIGITS {
            let digits: BTreeSet<u8> = markers.iter().map(|marker| marker.as_str().as_bytes()[place]).collect();
            assert_eq!(digits.len(), 32, "digit {place}");
        }
    }

    #[test]
    fn it_is_found_as_a_word_whatever_stands_around_it() {
        let own = Marker("SB-0123456789".to_owned());
        for remark in [
            "SB-0123456789",
            "急 SB-0123456789",
            "x SB-0123456789 checked by 王",
            "（sb-0123456789）",
            "备注ＳＢ－０１２３４５６７８９",
            "a,SB-0123456789;b",
        ] {
            assert!(own.is_in(remark), "{remark}");
        }
        for remark in ["", "SB-012345678", "SB-01234567890", "XSB-0123456789", "SB 0123456789", "SB-0123456789-1"] {
            assert!(!own.is_in(remark), "{remark}");
        }
    }

    #[test]
    fn a_remark_without_its_end_may_be_what_is_left_of_the_one_that_was_sent() {
        let sent = "急 a SB-0123456789";
        for remark in ["", " ", "急", "急 a", "急 a ", "急 a SB-", "急　a SB-012345678", "急 A sb-0"] {
            let spaced = remark.replace('\u{3000}', " ");
            assert!(may_be_cut_from(&spaced, sent), "{remark}");
        }
        for remark in ["急 b", "a SB-", "急 a SB-0123456789", "急 a SB-0123456780"] {
            assert!(!may_be_cut_from(remark, sent), "{remark}");
        }
    }

    #[test]
    fn it_goes_behind_the_remark_and_what_leaves_no_room_for_it_is_refused() {
        let own = Marker("SB-0123456789".to_owned());
        assert_eq!(marked(Some("急"), Some(&own)).unwrap().as_deref(), Some("急 SB-0123456789"));
        assert_eq!(marked(None, Some(&own)).unwrap().as_deref(), Some("SB-0123456789"));
        assert_eq!(marked(Some("急"), None).unwrap().as_deref(), Some("急"));
        assert_eq!(marked(None, None).unwrap(), None);
        assert_eq!(marked(Some(&"急".repeat(241)), Some(&own)).unwrap().unwrap().chars().count(), 255);
        for (remark, marker) in [("急".repeat(242), Some(&own)), ("急".repeat(256), None), (String::new(), None)] {
            let error = stockbridge_connector::Error::from(marked(Some(&remark), marker).unwrap_err());
            assert_eq!(error.path.as_deref(), Some("remark"), "{}", error.message);
        }
    }
}
