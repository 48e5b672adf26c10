//! Minisign signatures: signer, signed content, and the place of the signature file.

use std::path::PathBuf;

use stockbridge::gate::{PublicKey, TrustedKey};
use stockbridge::{AccountConfig, Config, Error, Host};
use stockbridge_tests::Provider;
use stockbridge_tests::account_at;
use tempfile::TempDir;

use crate::component::shipped;
use stockbridge_tests::Signer;

/// A directory with a component in it.
struct Directory {
    directory: TempDir,
    component: Vec<u8>,
}

impl Directory {
    fn new() -> Directory {
        let component = shipped("winit");
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("winit.wasm"), &component).unwrap();
        Directory { directory, component }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("winit.wasm")
    }

    /// Writes the signature file beside the component.
    fn signature(&self, text: impl AsRef<[u8]>) {
        std::fs::write(self.directory.path().join("winit.wasm.minisig"), text).unwrap();
    }

    fn account(&self) -> AccountConfig {
        account().served_by(self.path())
    }

    /// Error of an account that accepts only this key's signatures, without the component's path.
    async fn refused(&self, signer: &Signer) -> String {
        let error = served(self.account().signed_by(signer.public().parse().unwrap())).await.unwrap_err();
        assert_eq!(error.code(), "component.signature", "{error}");
        let place = format!("component {}: ", self.path().display());
        error.to_string().split_once(&place).unwrap_or_else(|| panic!("{error}")).1.to_owned()
    }
}

fn account() -> AccountConfig {
    account_at(Provider::Winit, "http://127.0.0.1:9")
}

async fn served(account: AccountConfig) -> Result<Host, Error> {
    Host::from_config(Config::new().account(account)).await
}

#[tokio::test]
async fn a_component_that_a_trusted_key_signed_serves() {
    let (signer, other, place) = (Signer::new(), Signer::new(), Directory::new());
    place.signature(signer.sign(&place.component));
    let account = place.account().signed_by(other.public().parse().unwrap());
    served(account.signed_by(signer.public().parse().unwrap())).await.unwrap();
}

/// An old file of a trusted key, and another connector of the same signer.
#[tokio::test]
async fn a_key_may_be_trusted_for_one_connector_from_a_version_on() {
    let (signer, place) = (Signer::new(), Directory::new());
    let key = || TrustedKey::from(signer.public().parse::<PublicKey>().unwrap());
    let trusted = || key().named("winit").from_version("1.4.0".parse().unwrap());
    for (comment, problem) in [
        ("name:winit version:1.4.0", None),
        ("timestamp:1\tname:winit\tversion:2.0.0", None),
        ("name:winit version:1.3.9", Some("as version 1.3.9, and `signed-by` trusts it from 1.4.0 on")),
        (
            "name:wdt-flagship version:1.4.0",
            Some("as the connector `wdt-flagship`, and `signed-by` trusts it for `winit`"),
        ),
        ("timestamp:1\tfile:winit.wasm", Some("as the connector `none`, and `signed-by` trusts it for `winit`")),
    ] {
        place.signature(signer.sign_as(&place.component, comment));
        let served = served(place.account().trust(trusted())).await;
        match (served, problem) {
            (Ok(_), None) => {}
            (Err(error), Some(problem)) => {
                assert_eq!(error.code(), "component.signature");
                assert!(error.to_string().contains(problem), "{comment}: {error}");
            }
            (served, _) => panic!("{comment}: {:?}", served.err()),
        }
        // The same key without a name and version accepts both.
        self::served(place.account().trust(key())).await.unwrap();
    }
    // A key that another entry trusts for other connectors does not accept this one.
    place.signature(signer.sign_as(&place.component, "name:winit version:0.9.0"));
    let two = place.account().trust(trusted()).trust(key().named("winit"));
    served(two).await.unwrap();
}

#[test]
fn a_file_says_what_a_key_is_trusted_for() {
    let key = Signer::new().public();
    let written = |entry: &str| {
        let text = format!("[accounts.a]\nconnector = \"a.wasm\"\nsigned-by = [{entry}]\n");
        Config::from_toml(&text, &|_| None)
    };
    let config = written(&format!("{{ key = \"{key}\", name = \"winit\", version = \"1.4.0\" }}")).unwrap();
    let trusted = TrustedKey::from(key.parse::<PublicKey>().unwrap());
    let trusted = trusted.named("winit").from_version("1.4.0".parse().unwrap());
    assert_eq!(config.account(AccountConfig::new("b", "b.wasm").trust(trusted.clone())).accounts.len(), 2);
    for (entry, problem) in [
        ("{ name = \"winit\" }".to_owned(), "names no key"),
        (format!("{{ key = \"{key}\", version = \"1.4\" }}"), "is no version"),
        (format!("{{ key = \"{key}\", name = \"two words\" }}"), "is no single word"),
        (format!("{{ key = \"{key}\", names = \"winit\" }}"), "there is no such key"),
        ("{ key = \"RWQ\" }".to_owned(), "is no minisign public key"),
    ] {
        let error = written(&entry).unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains("line 3"), "{entry}: {error}");
    }
}

#[tokio::test]
async fn a_component_in_memory_is_signed_by_what_the_account_was_given() {
    let (signer, place) = (Signer::new(), Directory::new());
    let account = || account().served_by(place.component.clone()).signed_by(signer.public().parse().unwrap());
    served(account().signature(signer.sign(&place.component))).await.unwrap();
    let error = served(account()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "accounts.winit.connector: component (in memory): is not signed, and the configuration's `signed-by` requires it; give \
         `AccountConfig::signature` its minisig text"
    );
}

#[tokio::test]
async fn keys_for_all_hold_for_accounts_without_keys_of_their_own() {
    let (signer, other, place) = (Signer::new(), Signer::new(), Directory::new());
    place.signature(signer.sign(&place.component));
    let of_all = Config::new().signed_by(signer.public().parse().unwrap());
    Host::from_config(of_all.clone().account(place.account())).await.unwrap();
    let own = place.account().signed_by(other.public().parse().unwrap());
    let error = Host::from_config(of_all.account(own)).await.unwrap_err();
    assert_eq!(error.code(), "component.signature");
    // One account's component passes; the other's, which is the same, is signed by none of its keys.
    let both = Config::new().account(place.account().signed_by(signer.public().parse().unwrap()));
    let both = both.account(place.account().named("two").signed_by(other.public().parse().unwrap()));
    assert_eq!(Host::from_config(both).await.unwrap_err().code(), "component.signature");
}

#[tokio::test]
async fn a_component_without_a_signature_is_told_where_it_should_be() {
    let place = Directory::new();
    assert_eq!(
        place.refused(&Signer::new()).await,
        format!(
            "is not signed, and the configuration's `signed-by` requires it: there is no {}.minisig; get it from the \
             component's publisher, or make it with `minisign -S -m` and the component's path",
            place.path().display()
        )
    );
}

#[tokio::test]
async fn a_signature_by_another_key_is_refused_with_that_keys_number() {
    let (signer, place) = (Signer::new(), Directory::new());
    place.signature(signer.sign(&place.component));
    assert_eq!(
        place.refused(&Signer::new()).await,
        format!(
            "was signed by the key {}, which is none of the configuration's `signed-by`; add that public key if its owner \
             is to be trusted",
            signer.id()
        )
    );
}

#[tokio::test]
async fn a_signature_of_other_bytes_or_with_another_comment_does_not_hold() {
    let (signer, place) = (Signer::new(), Directory::new());
    let right = signer.sign(&place.component);
    for wrong in [signer.sign(&shipped("taobao-top")), right.replace("file:connector", "file:another")] {
        place.signature(wrong);
        assert_eq!(
            place.refused(&signer).await,
            "has an invalid signature by a trusted key: the component or its signature was changed after signing; get both \
             again, of the same version"
        );
    }
}

#[tokio::test]
async fn a_signature_of_the_legacy_format_is_refused() {
    let (signer, place) = (Signer::new(), Directory::new());
    place.signature(signer.sign_legacy(&place.component));
    assert_eq!(
        place.refused(&signer).await,
        "has a signature of minisign's legacy format; sign it again with minisign 0.10 or newer, which hashes first"
    );
}

#[tokio::test]
async fn what_is_no_signature_is_refused_and_not_read_beyond_a_bound() {
    let (signer, place) = (Signer::new(), Directory::new());
    let right = signer.sign(&place.component);
    let cut = &right[..right.len() / 2];
    for wrong in [b"".as_slice(), b"hello", b"\xff\xfe", cut.as_bytes(), b"\n\n\n\n"] {
        place.signature(wrong);
        assert_eq!(
            place.refused(&signer).await,
            "has a malformed minisign signature: it takes four lines, from `untrusted comment:` on; get it again"
        );
    }
    place.signature(right + &"x".repeat(16 * 1024));
    assert_eq!(
        place.refused(&signer).await,
        format!(
            "is signed by {}.minisig, which has more than 16384 bytes; that is no signature of minisign",
            place.path().display()
        )
    );
}

#[tokio::test]
async fn keys_of_a_configuration_file_are_read_and_a_wrong_one_is_named() {
    let (signer, place) = (Signer::new(), Directory::new());
    place.signature(signer.sign(&place.component));
    let read = |keys: &str| Config::from_toml(&format!("signed-by = {keys}\n"), &|_| None);
    assert_eq!(
        read(&format!("[\"{}\"]", signer.public())).unwrap().signed_by,
        [signer.public().parse::<PublicKey>().unwrap().into()]
    );
    for (keys, said) in [
        (
            "[\"RWQ\"]",
            "line 1, column 14: signed-by: is no minisign public key; write the second line of a minisign.pub, as in \"RWQ…\"",
        ),
        ("[]", "line 1, column 13: signed-by: names no key; name one, or leave it out"),
        ("\"RWQ\"", "line 1, column 13: signed-by: is a string; write a list: [\"…\"]"),
    ] {
        assert_eq!(read(keys).unwrap_err().to_string(), said);
    }
}
