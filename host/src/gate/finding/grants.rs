//! Whether an account may talk to where its connector goes: by the account's grants, its settings that are addresses, and
//! the origins that the connector names.

use std::collections::BTreeSet;
use std::net::IpAddr;

use stockbridge_egress::{AddressKind, Grant, GrantSpec, Origin, Target, TargetHost};
use stockbridge_model::Descriptor;

use super::{Finding, Severity};
use crate::config::AccountConfig;

/// An address in a setting of such a name is told to the provider, and nothing is sent there by the connector.
const TOLD: [&str; 5] = ["callback", "notify", "redirect", "return", "webhook"];

/// What is wrong with an account's grants, as far as they can be read. A connector that does not load says nothing.
pub(in crate::gate) fn of_account(account: &AccountConfig, descriptor: &Descriptor) -> Vec<Finding> {
    let wanted = Wanted::of(account, descriptor);
    let allowed: Vec<Grant> = account.allow.iter().filter_map(|grant| grant.parse().ok()).collect();
    if account.allow.is_empty() {
        // Grants that cannot be read were told.
        let unread = account.mistakes.iter().any(|mistake| mistake.field.ends_with(".allow"));
        return if unread { Vec::new() } else { vec![nothing_granted(account, &wanted)] };
    }
    let mut findings = Vec::new();
    for (setting, origin) in &wanted.settings {
        if !is_granted(&allowed, origin) {
            let is_told = TOLD.iter().any(|told| setting.to_lowercase().contains(told));
            let severity = if is_told { Severity::Warning } else { Severity::Failure };
            let problem =
                format!("the setting `{setting}` leads to {origin}, which is not granted: nothing is sent there");
            findings.push(Finding { severity, ..missing(account, "grant.setting", problem, &[grant_of(origin)]) });
        }
    }
    for (origin, severity) in wanted.described {
        let settled = |(_, known): &&(String, Origin)| known.to_string() == origin;
        if wanted.settings.iter().any(|setting| settled(&setting)) || is_described_granted(account, &allowed, &origin) {
            continue;
        }
        let problem = format!(
            "the connector {} talks to {origin}, which is not granted: nothing is sent there",
            descriptor.provider
        );
        findings.push(Finding { severity, ..missing(account, "grant.origin()", problem, &[GrantSpec::from(origin)]) });
    }
    findings.extend(unreachable(account));
    findings.extend(account.allow.iter().filter_map(|grant| open_to_anybody(account, grant)));
    findings
}

/// A wildcard under which anybody can register a name, and have requests sent there: `https://*.co.uk`.
fn open_to_anybody(account: &AccountConfig, grant: &GrantSpec) -> Option<Finding> {
    let (scheme, host) = grant.origin().split_once("://*.")?;
    let TargetHost::Name(name) = origin(&format!("{scheme}://{host}"))?.host else { return None };
    let is_public = psl::suffix_str(&name).is_some_and(|suffix| suffix == name);
    let problem =
        format!("`{}` is open to everyone who registers a name under {name}, a public suffix", grant.origin());
    let fix = format!("name the provider's own domain: \"{scheme}://*.provider.{name}\"");
    is_public.then(|| Finding { severity: Severity::Warning, ..finding(account, "grant.public-suffix", problem, fix) })
}

/// Where the connector goes.
struct Wanted {
    /// The settings that are addresses, with the connector's defaults among them.
    settings: Vec<(String, Origin)>,
    /// What the connector names, and how much it matters that one is not granted.
    described: Vec<(String, Severity)>,
}

impl Wanted {
    fn of(account: &AccountConfig, descriptor: &Descriptor) -> Wanted {
        let defaults = descriptor.settings.iter().filter(|setting| !account.states_setting(&setting.name));
        let defaults = defaults.filter_map(|setting| Some((&setting.name, setting.default.as_ref()?)));
        let all = account.settings.iter().chain(defaults);
        let settings = all.filter_map(|(name, value)| Some((name.clone(), origin(value)?))).collect();
        // The origins are those of the default settings: another address in place of one takes them away, or some of them.
        let replaced: BTreeSet<String> = descriptor
            .settings
            .iter()
            .filter(|setting| account.states_setting(&setting.name))
            .filter_map(|setting| Some(origin(setting.default.as_ref()?)?.to_string()))
            .collect();
        let severity = if replaced.is_empty() { Severity::Failure } else { Severity::Warning };
        let described = descriptor.origins.iter().filter(|origin| !replaced.contains(*origin));
        Wanted { settings, described: described.map(|origin| (origin.clone(), severity)).collect() }
    }
}

fn nothing_granted(account: &AccountConfig, wanted: &Wanted) -> Finding {
    let mut grants: Vec<GrantSpec> = Vec::new();
    let described = wanted.described.iter().filter(|(_, severity)| *severity == Severity::Failure);
    let settings = wanted.settings.iter().map(|(_, origin)| grant_of(origin));
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

/// A grant is missing: the line to write has those that are there, too.
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

/// Names that stand for this machine everywhere, under a grant that does not reach it.
fn unreachable(account: &AccountConfig) -> Vec<Finding> {
    let here = |grant: &&GrantSpec| {
        let Some(TargetHost::Name(name)) = origin(grant.origin()).map(|origin| origin.host) else { return false };
        let reaches = grant.address_kinds().is_some_and(|kinds| kinds.contains(&AddressKind::Loopback));
        (name == "localhost" || name.ends_with(".localhost")) && !reaches
    };
    let told = |grant: &GrantSpec| {
        let others =
            account.allow.iter().map(|one| if one == grant { written(&loopback(grant)) } else { written(one) });
        let line = others.collect::<Vec<_>>().join(", ");
        let problem = format!("`{}` is this machine, and the grant does not reach loopback addresses", grant.origin());
        finding(account, "grant.address", problem, format!("write allow = [{line}]"))
    };
    account.allow.iter().filter(here).map(told).collect()
}

fn loopback(grant: &GrantSpec) -> GrantSpec {
    grant.clone().addresses([AddressKind::Loopback])
}

/// The origin of an address, if this is one.
fn origin(value: &str) -> Option<Origin> {
    let plain = value.split(['?', '#']).next().unwrap_or(value);
    Target::parse(plain).ok().map(|target| target.origin)
}

fn is_granted(allowed: &[Grant], origin: &Origin) -> bool {
    let target = Target { origin: origin.clone(), path: "/".to_owned() };
    allowed.iter().any(|grant| grant.covers(&target))
}

/// Whether something of what the connector names is granted: it may name all subdomains of a domain.
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

/// A grant that reaches an origin: at an address of its own kind, where it is one.
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

/// As a configuration file has it.
fn written(grant: &GrantSpec) -> String {
    let list = |texts: Vec<String>| texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ");
    let kinds = grant.address_kinds().map(|kinds| list(kinds.iter().map(|kind| kind.name().to_owned()).collect()));
    // Without these whoever takes the line over would let any request be a read.
    let reads = grant.read_rules().map(|rules| list(rules.iter().map(ToString::to_string).collect()));
    if kinds.is_none() && reads.is_none() {
        return format!("\"{}\"", grant.origin());
    }
    let named = |key: &str, list: Option<String>| list.map(|list| format!(", {key} = [{list}]")).unwrap_or_default();
    format!("{{ origin = \"{}\"{}{} }}", grant.origin(), named("addresses", kinds), named("reads", reads))
}
