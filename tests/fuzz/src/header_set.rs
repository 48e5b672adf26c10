//! Any method and headers of a guest: what leaves has no broken line and no header of the host's, and is what the guest
//! said. What is plain is never refused.

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};

use crate::Target;
use crate::guest::abi::{Effect, Part, Request};
use crate::guest::{Guest, Left, laid_out, request};

pub(crate) const TARGET: Target = Target {
    name: "header-set",
    run,
    seeds,
    words: &["\r\n", "\0", "host", "Content-Length", "x-a", "chunked", "POST", "\t"],
};

const GRANTED: &str = "https://granted.example/";

/// What no guest may set: the connection's own, and what would reroute a request.
const HOSTS_OWN: [&str; 16] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "Host",
    "Transfer-Encoding",
];
/// What takes a request for another one, or elsewhere, on its way.
const REROUTING: [&str; 8] = [
    "http2-settings",
    "max-forwards",
    "Range",
    "via",
    "x-http-method-override",
    "x-method-override",
    "X_Real_IP",
    "x-host",
];
const REROUTING_KINDS: [&str; 3] = ["x-forwarded", "x-original-", "x-rewrite-"];
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

fn run(data: &[u8]) {
    static GUEST: LazyLock<Guest> = LazyLock::new(|| Guest::granted(&["https://granted.example"]));
    let Ok(request) = generated(&mut Unstructured::new(data)) else { return };
    let sent = GUEST.sends(laid_out(&request));
    if fine(&request) {
        let [left] = &sent[..] else { panic!("{request:?} is plain, and {sent:?} was sent") };
        same(&request, left);
    } else {
        assert!(sent.is_empty(), "{request:?} was sent as {sent:?}");
    }
}

/// Whether the rules allow the request, read anew from the contract and RFC 9110.
fn fine(request: &Request) -> bool {
    METHODS.contains(&request.method.as_str())
        && request.headers.iter().all(|(name, value)| {
            let token = |character: char| character.is_ascii_graphic() && !"\"(),/:;<=>?@[\\]{}".contains(character);
            !name.is_empty()
                && name.chars().all(token)
                && !HOSTS_OWN.iter().chain(&REROUTING).any(|other| as_read(other) == as_read(name))
                && !REROUTING_KINDS.iter().any(|kind| as_read(name).starts_with(kind))
                && !as_read(name).contains("metadata")
                // A handle that the guest does not hold.
            && !value.iter().any(|part| matches!(part, Part::Secret(_)))
            && joined(value).iter().all(|byte| *byte == b'\t' || (0x20..=0x7e).contains(byte) || *byte >= 0x80)
        })
}

/// A name as many servers hand it to an application.
fn as_read(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// What left is what was said, in its order.
fn same(request: &Request, left: &Left) {
    assert_eq!((left.method, &*left.url), (&*request.method, GRANTED));
    let said = request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), joined(value)));
    assert_eq!(left.headers, said.collect::<Vec<_>>());
}

fn joined(parts: &[Part]) -> Vec<u8> {
    let bytes = |part: &Part| match part {
        Part::Bytes(bytes) => bytes.clone(),
        Part::Secret(_) => vec![],
    };
    parts.iter().flat_map(bytes).collect()
}

fn generated(input: &mut Unstructured<'_>) -> Result<Request> {
    let method = if input.ratio(7, 8)? { (*input.choose(&METHODS)?).to_owned() } else { text(input)? };
    let mut headers = Vec::new();
    for _ in 0..input.int_in_range(0..=4_u8)? {
        headers.push((name(input)?, value(input)?));
    }
    Ok(Request { method, url: GRANTED.to_owned(), headers, ..request(Effect::Read(())) })
}

fn name(input: &mut Unstructured<'_>) -> Result<String> {
    Ok(match input.int_in_range(0..=4_u8)? {
        0 => text(input)?,
        2 => {
            let there =
                ["x-forwarded-host", "x_original_url", "X-Rewrite-URL", "Metadata-Flavor", "x-aws-ec2-metadata-token"];
            (*input.choose(&[&REROUTING[..], &there].concat())?).to_owned()
        }
        1 => {
            let own = *input.choose(&HOSTS_OWN)?;
            if input.arbitrary()? {
                own.to_uppercase()
            } else {
                own.to_owned() + input.choose(&["", " ", ":", "\t", "-"])?
            }
        }
        _ => (*input.choose(&["x-a", "X-B", "content-type", "authorization", "x!#$%&'*+.^_`|~"])?).to_owned(),
    })
}

/// In pieces, so that what is refused whole cannot pass in parts.
fn value(input: &mut Unstructured<'_>) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for _ in 0..input.int_in_range(0..=3_u8)? {
        parts.push(match input.int_in_range(0..=31_u8)? {
            0 => Part::Secret((input.arbitrary()?, input.int_in_range(0..=7)?)),
            length => Part::Bytes(input.bytes(usize::from(length / 2))?.to_vec()),
        });
    }
    Ok(parts)
}

fn text(input: &mut Unstructured<'_>) -> Result<String> {
    let length = input.int_in_range(0..=12)?;
    Ok(String::from_utf8_lossy(input.bytes(length)?).into_owned())
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![vec![], vec![1; 64], (0..96).collect::<Vec<u8>>(), (0..96).rev().collect()];
    seeds.extend(
        (0..16).map(|kind| vec![kind, 2, kind, 1, kind, 3, 5, b'a', b'\r', b'\n', kind, 0, 2, 7, 1, 9, 30, 4, kind]),
    );
    seeds
}
