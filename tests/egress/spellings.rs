//! Rows of the table about spellings: addresses in every form that some parser accepts, and URLs that a parser would repair.

use crate::table::{Row, Written};

const SCHEME: &str = "the address begins with neither http:// nor https://";
const NO_NAME: &str = "the host is not a name of letters, digits, hyphens and dots";
const UNUSUAL: &str = "the host is an address in an unusual spelling; write four decimal numbers";
const NO_V6: &str = "the text in `[]` is not an IPv6 address";
const USER: &str = "the address has a user name in it";
const PORT: &str = "the port is not a valid number";
const PATH: &str = "the path is not written plainly: percent-encode it, and pass the query separately";

pub(crate) fn rows() -> impl Iterator<Item = Row> {
    let groups = [v4(), v4_as_written(), v6(), v6_as_written(), hosts(), authorities(), ports(), schemes(), paths()];
    groups.into_iter().flatten()
}

fn not_granted(origin: &str) -> String {
    format!("{origin} was not granted; add it to the account's `allow` if it should be")
}

/// Under the grant of 127.0.0.1, some parser reads each of these as 127.0.0.1.
fn v4() -> Vec<Row> {
    let here = Written::here("http://127.0.0.1:{4}");
    let unusual = [
        "127.1",
        "127.0.1",
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0X7F000001",
        "0x7f.0.0.1",
        "0x7f.1",
        "0177.0.0.1",
        "0177.1",
        "127.0.0.0x1",
        "127.0x1",
        "127.0.0.01",
        "127.0.0.001",
        "127.000.000.001",
        "0127.0.0.1",
        "00000127.0.0.1",
        "127.0.0.1.1",
        "127.0.0.257",
        "383.0.0.1",
        "4294967297",
        "0x17f000001",
        "127.65536",
        "127.0.0.0x",
        "0x",
        "1",
        "0",
    ];
    let unusual = unusual.map(|host| Row::refused(&here, format!("http://{host}:{{4}}/"), UNUSUAL));
    let no_name = [
        "127.0.0.1.",
        "127.0.0.1..",
        ".127.0.0.1",
        "127..0.1",
        "127.0.0.1%00",
        "127.0.0.1%20",
        "%31%32%37.0.0.1",
        "127%2e0%2e0%2e1",
        "127.0.0.1%25lo",
        "１２７.0.0.1",
        "127。0。0。1",
        "127．0．0．1",
        "①②⑦.0.0.1",
        "127.0.0.1\u{200b}",
        "127.0.0.1\u{ad}",
        "127.0.0.1\u{0}",
        "127.0.0.1 ",
        " 127.0.0.1",
        "127.0.0.1\t",
        "-127.0.0.1,",
        "127.0.0.1;",
    ];
    let no_name = no_name.map(|host| Row::refused(&here, format!("http://{host}:{{4}}/"), NO_NAME));
    unusual.into_iter().chain(no_name).collect()
}

/// In its usual spelling, an address is granted by its own grant only.
fn v4_as_written() -> Vec<Row> {
    let here = Written::here("http://127.0.0.1:{4}");
    let open = Written::here("http://0.0.0.0:{4}");
    let mut rows = vec![Row::allowed(&here, "http://127.0.0.1:{4}/"), Row::allowed(&open, "http://0.0.0.0:{4}/")];
    rows.extend(
        [
            "127.0.0.2",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "100.100.100.200",
            "224.0.0.1",
            "255.255.255.255",
            "8.8.8.8",
            "localhost",
            "localhost.localdomain",
            "127.0.0.1.nip.io",
            "127-0-0-1.test",
            "127.0.0.1e0",
        ]
        .map(|host| Row::refused(&here, format!("http://{host}:{{4}}/"), not_granted(&format!("http://{host}:{{4}}")))),
    );
    rows
}

/// Under the grant of ::1: not IPv6 addresses, or not in the RFC's spelling.
fn v6() -> Vec<Row> {
    let here = Written::here("http://[::1]:{6}");
    let inside = [
        "::1%lo",
        "::1%25lo",
        "::1%251",
        "::1%",
        "fe80::1%eth0",
        "::1.",
        "::1 ",
        ":::1",
        "::1::",
        "1",
        "",
        "00000::1",
        "::00001",
        "0:0:0:0:0:0:0:0:1",
        "0:0:0:0:0:0:1",
        "::ffff:127.1",
        "::ffff:0177.0.0.1",
        "::ffff:0x7f.0.0.1",
        "::ffff:127.0.0.1.",
        "::ffff:127.0.0.01",
        "::127.0.0.1:1",
        "127.0.0.1",
        "v1.::1",
        "::g",
        "::１",
        "[::1]",
    ];
    let mut rows: Vec<Row> =
        inside.iter().map(|inside| Row::refused(&here, format!("http://[{inside}]:{{6}}/"), NO_V6)).collect();
    rows.push(Row::refused(&here, "http://[::1:{6}/", "a `]` is missing in the address"));
    rows.extend(
        ["http://[::1]]:{6}/", "http://[::1].:{6}/", "http://[::1]x/", "http://[::1]{6}/"]
            .map(|url| Row::refused(&here, url, PORT)),
    );
    rows.extend(["http://::1:{6}/", "http://::1/"].map(|url| Row::refused(&here, url, NO_NAME)));
    rows
}

/// Spellings of one IPv6 address, which are equal, and an embedded IPv4 address, which is not that address.
fn v6_as_written() -> Vec<Row> {
    let here = Written::here("http://[::1]:{6}");
    let mapped = Written::here("http://[::ffff:127.0.0.1]:{4}");
    let v4 = Written::here("http://127.0.0.1:{4}");
    let mut rows: Vec<Row> =
        ["::1", "0:0:0:0:0:0:0:1", "0000:0000:0000:0000:0000:0000:0000:0001", "::0001", "0::1", "0:0::1", "::0.0.0.1"]
            .map(|inside| Row::allowed(&here, format!("http://[{inside}]:{{6}}/")))
            .into();
    rows.extend(
        ["::ffff:127.0.0.1", "::FFFF:7F00:1", "::ffff:7f00:0001", "0:0:0:0:0:ffff:127.0.0.1"]
            .map(|inside| Row::allowed(&mapped, format!("http://[{inside}]:{{4}}/"))),
    );
    for (inside, shown) in [
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1"),
        ("::ffff:7f00:1", "::ffff:127.0.0.1"),
        ("::127.0.0.1", "::7f00:1"),
        ("64:ff9b::127.0.0.1", "64:ff9b::7f00:1"),
        ("64:ff9b:1::127.0.0.1", "64:ff9b:1::7f00:1"),
        ("2002:7f00:1::", "2002:7f00:1::"),
        ("::ffff:169.254.169.254", "::ffff:169.254.169.254"),
        ("FE80::1", "fe80::1"),
        ("fd00:EC2::254", "fd00:ec2::254"),
        ("::", "::"),
        ("::1", "::1"),
    ] {
        let refusal = not_granted(&format!("http://[{shown}]:{{4}}"));
        rows.push(Row::refused(&v4, format!("http://[{inside}]:{{4}}/"), refusal));
    }
    rows
}

/// Names that some parser turns into another name, or into the granted one.
fn hosts() -> Vec<Row> {
    let here = Written::here("http://here.test:{4}");
    let mut rows = vec![
        Row::allowed(&here, "http://here.test:{4}/"),
        Row::allowed(&here, "http://HERE.TEST:{4}/"),
        Row::allowed(&here, "http://hErE.tEsT:{4}/"),
        Row::allowed(&Written::here("http://xn--fiqs8s.test:{4}"), "http://xn--fiqs8s.test:{4}/"),
        Row::refused(&Written::here("http://xn--fiqs8s.test:{4}"), "http://中国.test:{4}/", NO_NAME),
    ];
    let long = format!("{}.test", "a".repeat(64));
    let longer = format!("{}test", "a.".repeat(125));
    rows.extend(
        [
            "here.test.",
            "here.test..",
            ".here.test",
            "here..test",
            "h%65re.test",
            "here%2etest",
            "here.test%00",
            "here.test%2f",
            "ｈｅｒｅ.test",
            "here。test",
            "here．test",
            "hére.test",
            "hеre.test",
            "ℌere.test",
            "he\u{ad}re.test",
            "here.test\u{200d}",
            "he\tre.test",
            "here.test\r\n",
            "he\nre.test",
            "here.test\u{0}",
            "here.test ",
            "here test",
            "here.test,evil.test",
            "here.test;evil.test",
            "here.test\\evil.test",
            "here.test\\",
            "here.test|",
            "<here.test>",
            "{here.test}",
            "$(here.test)",
            "*",
            "",
            &long,
            &longer,
        ]
        .map(|host| Row::refused(&here, format!("http://{host}:{{4}}/"), NO_NAME)),
    );
    for host in ["there.test", "here.test.evil.test", "evil-here.test", "xn--here-.test", "here_.test", "test", "here"]
    {
        rows.push(Row::refused(&here, format!("http://{host}:{{4}}/"), not_granted(&format!("http://{host}:{{4}}"))));
    }
    rows
}

/// Characters before and after the host.
fn authorities() -> Vec<Row> {
    let here = Written::here("http://here.test:{4}");
    let user = [
        "http://user@here.test:{4}/",
        "http://user:password@here.test:{4}/",
        "http://@here.test:{4}/",
        "http://:@here.test:{4}/",
        "http://here.test:{4}@evil.test/",
        "http://here.test:{4}\\@evil.test/",
        "http://evil.test#@here.test:{4}/",
        "http://evil.test?@here.test:{4}/",
        "http://a@b@here.test:{4}/",
        "http://user%40evil.test@here.test:{4}/",
    ];
    let no_name = ["http:///here.test:{4}/", "http:////here.test:{4}/", "http://", "http:///", "http://?", "http://#"];
    let user = user.map(|url| Row::refused(&here, url, USER));
    user.into_iter().chain(no_name.map(|url| Row::refused(&here, url, NO_NAME))).collect()
}

fn ports() -> Vec<Row> {
    let here = Written::here("http://here.test:{4}");
    let mut rows: Vec<Row> = [
        "0",
        "00080",
        "0{4}",
        "65536",
        "4294967376",
        "99999999999999999999",
        "-80",
        "+{4}",
        "{4}.",
        "{4}:{4}",
        " {4}",
        "{4} ",
        "0x50",
        "８０",
        "{4}%20",
        "{4}\\",
        "{4}?a",
        "{4}#a",
        "http",
        "",
    ]
    .map(|port| Row::refused(&here, format!("http://here.test:{port}/"), PORT))
    .into();
    rows.push(Row::refused(&here, "http://here.test/", not_granted("http://here.test")));
    rows.push(Row::refused(&here, "http://here.test:80/", not_granted("http://here.test")));
    rows.push(Row::refused(&here, "http://here.test:1/", not_granted("http://here.test:1")));
    rows
}

fn schemes() -> Vec<Row> {
    let here = Written::here("http://here.test:{4}");
    let mut rows: Vec<Row> = [
        "HTTP://here.test:{4}/",
        "Http://here.test:{4}/",
        "http:here.test:{4}/",
        "http:/here.test:{4}/",
        "http:\\\\here.test:{4}/",
        "http ://here.test:{4}/",
        " http://here.test:{4}/",
        "\thttp://here.test:{4}/",
        "\u{feff}http://here.test:{4}/",
        "ht\ntp://here.test:{4}/",
        "//here.test:{4}/",
        "here.test:{4}/",
        "/",
        "",
        "ftp://here.test:{4}/",
        "ws://here.test:{4}/",
        "file:///etc/hostname",
        "unix:///run/x.sock",
        "gopher://here.test:{4}/",
        "data:text/plain,x",
        "javascript:x",
        "blob:http://here.test:{4}/",
        "view-source:http://here.test:{4}/",
    ]
    .map(|url| Row::refused(&here, url, SCHEME))
    .into();
    rows.push(Row::refused(&here, "https://here.test:{4}/", not_granted("https://here.test:{4}")));
    rows
}

fn paths() -> Vec<Row> {
    let here = Written::here("http://here.test:{4}");
    let origin = "http://here.test:{4}";
    let refused = [
        "/?a=b",
        "/#a",
        "/a b",
        "/a\tb",
        "/a\r\nhost: evil.test",
        "/a\nb",
        "/a\u{0}",
        "/a\\b",
        "/\\evil.test/",
        "/%",
        "/%2",
        "/%zz",
        "/a\"b",
        "/<a>",
        "/{a}",
        "/a|b",
        "/a^b",
        "/a`b",
        "/[a]",
        "/货",
        "/a\u{7f}",
    ];
    let allowed =
        ["", "/", "//evil.test/", "/@evil.test/", "/:80/", "/../../etc", "/%2e%2e/%00", "/a;b=c,d", "/~!$&'()*+"];
    let refused = refused.map(|path| Row::refused(&here, format!("{origin}{path}"), PATH));
    let allowed = allowed.map(|path| Row::allowed(&here, format!("{origin}{path}")));
    let long = format!("{origin}/{}", "a".repeat(3000));
    let length = "http://here.test:".len() + 5 + 1 + 3000;
    let limit = format!("the address has {length} bytes; the limit is 2048");
    refused.into_iter().chain(allowed).chain([Row::refused(&here, long, limit)]).collect()
}
