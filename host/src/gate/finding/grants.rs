//! Findings about grants: origins that the connector needs and the account does not grant. They come from the settings that are
//! addresses, and from the origins that the connector names.

use std::collections::BTreeSet;
use std::net::IpAddr;

use stockbridge_egress::{AddressKind, Grant, GrantSpec, Origin, Target, TargetHost};
use stockbridge_model::Descriptor;

use super::{Finding, Severity};
use crate::config::AccountConfig;

/// Names of settings whose address is passed to the provider: the connector itself sends nothing there.
const PASSED_ON: [&str; 5] = ["callback", "notify", "redirect", "return", "webhook"];

/// Findings about an account's grants, as far as they can be read. A connector that does not load names no origins.
pub(in crate::gate) fn of_account(account: &AccountConfig, descriptor: &Descriptor) -> Vec<Finding> {
    let needed = NeededOrigins::of(account, descriptor);
    let allowed: Vec<Grant> = account.allow.iter().filter_map(|grant| grant.parse().ok()).collect();
    if account.allow.is_empty() {
        // Unreadable grants are already reported as mistakes.
        let is_unreadable = account.mistakes.iter().any(|mistake| mistake.field.ends_with(".allow"));
        return if is_unreadable { Vec::new() } else { vec![nothing_granted(account, &needed)] };
    }
    let mut findings = Vec::new();
    for (setting, origin) in &needed.settings {
        if !is_granted(&allowed, origin) {
            let is_passed_on = PASSED_ON.iter().any(|name| setting.to_lowercase().contains(name));
            let severity = if is_passed_on { Severity::Warning } else { Severity::Failure };
            let problem =
                format!("the setting `{setting}` leads to {origin}, which is not granted: nothing is sent there");
            findings.push(Finding { severity, ..missing(account, "grant.setting", problem, &[grant_of(origin)]) });
        }
    }
    for (origin, severity) in needed.described {
        let is_setting = needed.settings.iter().any(|(_, setting)| setting.to_string() == origin);
        if is_setting || is_described_granted(account, &allowed, &origin) {
            continue;
        }
        let problem = format!(
            "the connector {} talks to {origin}, which is not granted: nothing is sent there",
            descriptor.provider
        );
        findings.push(Finding { severity, ..missing(account, "grant.origin", problem, &[GrantSpec::from(origin)]) });
    }
    findings.extend(unreachable(account));
    findings.extend(account.allow.iter().filter_map(|grant| open_to_anybody(account, grant)));
    findings
}

/// A wildcard under which anyone can register a name and receive requests: `https://*.co.uk`.
fn open_to_anybody(account: &AccountConfig, grant: &GrantSpec) -> Option<Finding> {
    let (scheme, host) = grant.origin().split_once("://*.")?;
    let TargetHost::Name(name) = origin(&format!("{scheme}://{host}"))?.host else { return None };
    let is_public = psl::suffix_str(&name).is_some_and(|suffix| suffix == name);
    let problem =
        format!("`{}` is open to everyone who registers a name under {name}, a public suffix", grant.origin());
    let fix = format!("name the provider's own domain: \"{scheme}://*.provider.{name}\"");
    is_public.then(|| Finding { severity: Severity::Warning, ..finding(account, "grant.public-suffix", problem, fix) })
}

/// The origins that the connector needs.
struct NeededOrigins {
    /// The settings that are addresses, the connector's defaults included.
    settings: Vec<(String, Origin)>,
    /// The origins that the connector names, each with the severity if it is not granted.
    described: Vec<(String, Severity)>,
}

impl NeededOrigins {
    fn of(account: &AccountConfig, descriptor: &Descriptor) -> NeededOrigins {
        let defaults = descriptor.settings.iter().filter(|setting| !account.states_setting(&setting.name));
        let defaults = defaults.filter_map(|setting| Some((&setting.name, setting.default.as_ref()?)));
        let all = account.settings.iter().chain(defaults);
        let settings = all.filter_map(|(name, value)| Some((name.clone(), origin(value)?))).collect();
        // The named origins are those of the default settings: a setting with another address replaces some or all of them.
        let replaced: BTreeSet<String> = descriptor
            .settings
            .iter()
            .filter(|setting| account.states_setting(&setting.name))
            .filter_map(|setting| Some(origin(setting.default.as_ref()?)?.to_string()))
            .collect();
        let severity = if replaced.is_empty() { Severity::Failure } else { Severity::Warning };
        let described = descriptor.origins.iter().filter(|origin| !replaced.contains(*origin));
        NeededOrigins { settings, described: described.map(|origin| (origin.clone(), severity)).collect() }
    }
}

fn nothing_granted(account: &AccountConfig, needed: &NeededOrigins) -> Finding {
    let mut grants: Vec<GrantSpec> = Vec::new();
    let described = needed.described.iter().filter(|(_, severity)| *severity == Severity::Failure);
    let settings = needed.settings.iter().map(|(_, origin)| grant_of(origin));
    for grant in settings.chain(described.map(|(origin, _)| GrantSpec::from(origin))) {
        if !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    let problem = "nothing is granted, so that it can send no request".to_owned();
    if grants.is_empty() {
        grants.push(GrantSpec::from("https://…"));
    }
    missing(account, "grant.none", problem, &grants)
}

/// A missing grant: the suggested line contains the existing grants, too.
fn missing(account: &AccountConfig, code: &'static str, problem: String, grants: &[GrantSpec]) -> Finding {
    let all: Vec<String> = account.allow.iter().chain(grants).map(written).collect();
    finding(account, code, problem, format!("write allow = [{}]", all.join(", ")))
}

fn finding(account: &AccountConfig, code: &'static str, problem: String, fix: String) -> Finding {
    Finding {
        severity: Severity::Failure,
        code,
        place: account.place_of("allow"),
        field: format!("accounts.{}.allow", account.name()),
        problem,
        fix,
    }
}

/// Grants of names that mean this machine, which do not allow its loopback addresses.
fn unreachable(account: &AccountConfig) -> Vec<Finding> {
    let is_local = |grant: &&GrantSpec| {
        let Some(TargetHost::Name(name)) = origin(grant.origin()).map(|origin| origin.host) else { return false };
        let reaches = grant.address_kinds().is_some_and(|kinds| kinds.contains(&AddressKind::Loopback));
        (name == "localhost" || name.ends_with(".localhost")) && !reaches
    };
    let found = |grant: &GrantSpec| {
        let others =
            account.allow.iter().map(|one| if one == grant { written(&loopback(grant)) } else { written(one) });
        let line = others.collect::<Vec<_>>().join(", ");
        let problem = format!("`{}` is this machine, and the grant does not reach loopback addresses", grant.origin());
        finding(account, "grant.address", problem, format!("write allow = [{line}]"))
    };
    account.allow.iter().filter(is_local).map(found).collect()
}

fn loopback(grant: &GrantSpec) -> GrantSpec {
    grant.clone().addresses([AddressKind::Loopback])
}

/// The origin of a value, if it is an address.
fn origin(value: &str) -> Option<Origin> {
    let plain = value.split(['?', '#']).next().unwrap_or(value);
    Target::parse(plain).ok().map(|target| target.origin)
}

fn is_granted(allowed: &[Grant], origin: &Origin) -> bool {
    let target = Target { origin: origin.clone(), path: "/".to_owned() };
    allowed.iter().any(|grant| grant.covers(&target))
}

/// Whether an origin that the connector names is granted. It may name all subdomains of a domain: then one of them is enough.
fn is_described_granted(account: &AccountConfig, allowed: &[Grant], described: &str) -> bool {
    if account.allow.iter().any(|grant| grant.origin() == described) {
        return true;
    }
    match origin(described) {
        Some(origin) => is_granted(allowed, &origin),
        None => GrantSpec::from(described).parse().is_ok_and(|open| {
            let granted = account.allow.iter().filter_map(|grant| origin(grant.origin()));
            granted.map(|origin| Target { origin, path: "/".to_owned() }).any(|target| open.covers(&target))
        }),
    }
}

/// A grant for an origin; with its kind of address, if the host is an address.
fn grant_of(origin: &Origin) -> GrantSpec {
    let grant = GrantSpec::new(origin.to_string());
    let kind = match &origin.host {
        TargetHost::Address(IpAddr::V4(address)) => AddressKind::of((*address).into()),
        TargetHost::Address(IpAddr::V6(address)) => AddressKind::of((*address).into()),
        TargetHost::Name(name) if name == "localhost" || name.ends_with(".localhost") => AddressKind::Loopback,
        TargetHost::Name(_) => AddressKind::Public,
    };
    if kind == AddressKind::Public { grant } else { grant.addresses([kind]) }
}

/// The grant in the syntax of a configuration file.
fn written(grant: &GrantSpec) -> String {
    let list = |texts: Vec<String>| texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ");
    let kinds = grant.address_kinds().map(|kinds| list(kinds.iter().map(|kind| kind.name().to_owned()).collect()));
    // Without these rules, an operator who copies the line would allow any request as a read.
    let reads = grant.read_rules().map(|rules| list(rules.iter().map(ToString::to_string).collect()));
    if kinds.is_none() && reads.is_none() {
        return format!("\"{}\"", grant.origin());
    }
    let named = |key: &str, list: Option<String>| list.map(|list| format!(", {key} = [{list}]")).unwrap_or_default();
    format!("{{ origin = \"{}\"{}{} }}", grant.origin(), named("addresses", kinds), named("reads", reads))
}
