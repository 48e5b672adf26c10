//! A connector's descriptor and operations, bounded and checked: they are read before anything is granted.

use std::time::Duration;

use stockbridge_egress::{AddressKind, BadGrant, GrantSpec};
use stockbridge_model::{Descriptor, OperationSupport, Repetition, SecretNeed, Setting};

use crate::sandbox::contract::metadata;

/// Maximum number of operations of an account, and of settings, secrets and origins of a connector.
const MOST: usize = 64;

/// Checks and converts a descriptor. Its names must be valid in a configuration, and unique.
pub(super) fn convert(descriptor: metadata::Descriptor) -> Result<Descriptor, String> {
    let name = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if (1..=64).contains(&name.len()) && name.bytes().all(plain) {
            Ok(())
        } else {
            Err(format!("`{}` is no name", name.escape_debug().take(80).collect::<String>()))
        }
    };
    name(&descriptor.provider)?;
    text("title", &descriptor.title)?;
    let (settings, secrets) = (&descriptor.settings, &descriptor.secrets);
    if settings.len() > MOST || secrets.len() > MOST {
        return Err(format!("it has more than {MOST} settings or secrets"));
    }
    if descriptor.application.len() > MOST || descriptor.origins.len() > MOST {
        return Err(format!("its application or its origins are more than {MOST}"));
    }
    for setting in settings {
        text("description of a setting", &setting.description)?;
        text("default of a setting", setting.default.as_deref().unwrap_or_default())?;
    }
    for secret in secrets {
        text("description of a secret", &secret.description)?;
    }
    let names: Vec<&str> =
        settings.iter().map(|setting| &*setting.name).chain(secrets.iter().map(|secret| &*secret.name)).collect();
    for (index, one) in names.iter().enumerate() {
        name(one)?;
        if names.iter().skip(index + 1).any(|other| other == one) {
            return Err(format!("it declares `{one}` twice"));
        }
    }
    if let Some(unknown) =
        descriptor.application.iter().find(|name| !settings.iter().any(|setting| setting.name == **name))
    {
        return Err(format!("its application names `{unknown}`, which is none of its settings"));
    }
    // Origins at private addresses are allowed here: they are only a suggestion, and the operator decides.
    let anywhere = |origin: &String| GrantSpec::from(origin).addresses(AddressKind::ALL).parse();
    if let Some(Err(BadGrant { problem, .. })) = descriptor.origins.iter().map(anywhere).find(Result::is_err) {
        return Err(problem);
    }
    let mut described = Descriptor::new(descriptor.provider);
    described.title = descriptor.title;
    described.settings = descriptor.settings.into_iter().map(setting).collect();
    described.secrets = descriptor.secrets.into_iter().map(secret).collect();
    described.application = descriptor.application;
    described.origins = descriptor.origins;
    described.requests_per_minute = descriptor.requests_per_minute;
    Ok(described)
}

fn setting(setting: metadata::Setting) -> Setting {
    let metadata::Setting { name, description, required, default } = setting;
    let mut setting = Setting::default();
    (setting.name, setting.description, setting.required, setting.default) = (name, description, required, default);
    setting
}

fn secret(secret: metadata::SecretNeed) -> SecretNeed {
    let metadata::SecretNeed { name, description, required, sent, captured } = secret;
    let mut secret = SecretNeed::default();
    (secret.name, secret.description, secret.required) = (name, description, required);
    (secret.sent, secret.captured) = (sent, captured);
    secret
}

/// Maximum text, in bytes.
const LONGEST: usize = 4096;

fn text(what: &str, text: &str) -> Result<(), String> {
    if text.len() > LONGEST {
        return Err(format!("its {what} has {} bytes; the limit is {LONGEST}", text.len()));
    }
    Ok(())
}

/// Checks and converts the operations of an account.
pub(super) fn operations(supported: Vec<metadata::OperationSupport>) -> Result<Vec<OperationSupport>, String> {
    if supported.len() > MOST || supported.iter().any(|support| support.methods.len() > MOST) {
        return Err(format!("it lists more than {MOST} operations, or methods of one"));
    }
    for support in &supported {
        text("operation's name", &support.operation)?;
        support.methods.iter().try_for_each(|method| text("method's name", method))?;
    }
    Ok(supported.into_iter().map(operation).collect())
}

fn operation(support: metadata::OperationSupport) -> OperationSupport {
    let repetition = match support.repetition {
        metadata::Repetition::Deduplicated(window) => Repetition::Deduplicated(Duration::from_millis(window)),
        metadata::Repetition::Traceable(window) => Repetition::Traceable(Duration::from_millis(window)),
        metadata::Repetition::Blind => Repetition::Blind,
    };
    OperationSupport::new(support.operation, repetition, support.methods)
}
