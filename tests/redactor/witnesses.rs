//! The same with other implementations: Python and Node write the secrets with their own libraries, each alone and in turn.

use std::io::Write as _;
use std::process::{Command, Stdio};

use stockbridge_tests::writers;

const SECRETS: usize = 200;

const PYTHON: &str = r#"
import base64, html, json, sys, urllib.parse, xml.sax.saxutils as sax
writers = [
    json.dumps,
    lambda text: json.dumps(text, ensure_ascii=False),
    urllib.parse.quote,
    urllib.parse.quote_plus,
    html.escape,
    sax.quoteattr,
    lambda text: text.encode('ascii', 'xmlcharrefreplace').decode(),
    lambda text: text.encode().hex(),
    lambda text: base64.encodebytes(text.encode()).decode(),
    lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
]
for line in sys.stdin:
    secret = json.loads(line)
    once = [write(secret) for write in writers]
    print(json.dumps(once + [write(text) for text in once for write in writers[:7]]))
"#;

const NODE: &str = r#"
const writers = [
    JSON.stringify,
    encodeURIComponent,
    text => new URLSearchParams({ text }).toString(),
    require('querystring').escape,
    text => Buffer.from(text).toString('hex'),
    text => Buffer.from(text).toString('base64'),
    text => Buffer.from(text).toString('base64url'),
];
require('readline').createInterface({ input: process.stdin }).on('line', line => {
    const once = writers.map(write => write(JSON.parse(line)));
    console.log(JSON.stringify(once.concat(once.flatMap(text => writers.slice(0, 4).map(write => write(text))))));
});
"#;

#[test]
fn what_python_writes_of_a_secret_is_struck_out() {
    struck("python3", &["-c", PYTHON]);
}

#[test]
fn what_node_writes_of_a_secret_is_struck_out() {
    struck("node", &["-e", NODE]);
}

/// Runs a program that writes secrets. At most padding and quotes remain.
fn struck(program: &str, arguments: &[&str]) {
    let mut random = fastrand::Rng::with_seed(17);
    let secrets: Vec<String> = (0..SECRETS).map(|_| writers::secret(&mut random)).collect();
    let input_lines: String =
        secrets.iter().map(|secret| serde_json::Value::from(secret.as_str()).to_string() + "\n").collect();
    let started = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut writer) = started else {
        println!("skipped: {program} is not on this machine");
        return;
    };
    let mut input = writer.stdin.take().unwrap();
    let asking = std::thread::spawn(move || input.write_all(input_lines.as_bytes()));
    let output = writer.wait_with_output().unwrap();
    asking.join().unwrap().unwrap();
    assert!(output.status.success(), "{program}: {}", output.status);
    let written = String::from_utf8(output.stdout).unwrap();
    assert_eq!(written.lines().count(), SECRETS);
    for (secret, line) in secrets.iter().zip(written.lines()) {
        let redactor = super::redactor_of([secret.as_str()]);
        for text in serde_json::from_str::<Vec<String>>(line).unwrap() {
            let left = redactor.text(text.clone());
            let (head, tail) = left.split_once("[redacted]").unwrap_or_else(|| panic!("{secret} in {text}"));
            // A quote, or the name of a query's field; the end of a base64 group, its padding and the end of its line.
            assert!(head.len() <= 30 && tail.len() <= 40, "{secret} in {text}: {left}");
            assert!(!head.contains(|c: char| c.is_ascii_uppercase()) || head.len() < 20, "{secret} in {text}: {left}");
        }
    }
}
