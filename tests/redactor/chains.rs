//! Secrets of every class of character, written by up to four writers one after the other. Only the surrounding text, as written,
//! remains.

use stockbridge_tests::writers::{self, Chain};

const ROUNDS: u32 = 20_000;

#[test]
fn a_secret_is_struck_out_whatever_common_software_made_of_it() {
    let mut random = fastrand::Rng::with_seed(20_261_128);
    for _ in 0..ROUNDS {
        let secret = writers::secret(&mut random);
        let chain = Chain::random(&mut random);
        chain.assert_struck(&secret, strike);
    }
}

#[test]
fn each_writer_alone_and_after_each_other_leaves_nothing_in_clear() {
    let mut random = fastrand::Rng::with_seed(5);
    let secrets: Vec<String> = (0..4).map(|_| writers::secret(&mut random)).collect();
    for secret in &secrets {
        Chain::pairs().for_each(|chain| chain.assert_struck(secret, strike));
    }
}

fn strike(secret: &str, text: String) -> String {
    super::redactor_of([secret]).text(text)
}
