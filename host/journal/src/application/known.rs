//! Applications that links lead to: those of the current accounts, and those under which the journal has writes.
//!
//! An account's writes are looked for under all applications that its links lead to, whatever versions, keys, paths and names it
//! had. It sends under one of them: the first that its strongest link leads to. Two accounts with a link in common therefore
//! look under each other's applications. A task that works on an order locks its reference in all of them, and then reads the
//! set again: of two accounts that share, the one that joined later sees the other, so that one of the two locks covers both.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, MutexGuard};
use stockbridge_model::{ApplicationId, Digest};

use super::Member;
use super::member::Link;
use super::record::{Content, Names, Row};

/// Maximum number of sets of settings that make an application, for one provider: each costs a look-up of four links.
const MAX_NAME_SETS: usize = 32;

/// Registry of applications. Clones share it.
#[derive(Clone, Default)]
pub struct Applications(Arc<Table>);

#[derive(Default)]
struct Table {
    known: Mutex<Known>,
    /// Incremented with each change.
    generation: AtomicU64,
}

#[derive(Default)]
struct Known {
    links: HashMap<Link, BTreeMap<ApplicationId, Led>>,
    /// Sets of settings that, as connectors of a provider said, make an application.
    names: HashMap<String, BTreeSet<Vec<String>>>,
    /// Applications under which earlier versions wrote: by account and provider, and all of them.
    former: HashMap<Link, BTreeSet<ApplicationId>>,
    all_former: BTreeSet<ApplicationId>,
    members: HashMap<u64, Weak<Membership>>,
    last: u64,
}

/// Users of a link from which an application is reached.
#[derive(Default)]
struct Led {
    /// Number of accounts that hold the link.
    holders: usize,
    /// Whether there may be a write under it: then the link is kept.
    recorded: bool,
}

/// Applications under which an account's orders are looked for, with those used by earlier versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identities {
    /// Its own first, then the others, sorted.
    pub applications: Vec<ApplicationId>,
    /// Applications used by earlier versions, which also contain orders of other accounts.
    pub former: Vec<ApplicationId>,
}

/// An account's membership of its application. Dropping it removes the links that no other account holds and under which no
/// write was recorded.
pub struct Membership {
    member: Member,
    table: Arc<Table>,
    number: u64,
    application: ApplicationId,
    held: Vec<(Link, ApplicationId)>,
    /// Whether the journal has its links.
    recorded: AtomicBool,
    identities: Mutex<Option<(u64, Arc<Identities>)>>,
}

/// Two accounts that claim one application and do not share it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conflict {
    /// The provider of both.
    pub provider: String,
    /// Names of the accounts.
    pub accounts: [String; 2],
    /// A name for the application of both: the one that the operator already gave to one of them, otherwise a proposal.
    pub application: String,
}

impl Conflict {
    /// The configuration to write.
    pub fn fix(&self) -> String {
        let Conflict { accounts: [account, other], application, .. } = self;
        format!(
            "if they are one application there, write `application = \"{application}\"` for both: `{account}` and `{other}` \
             then share rate and references; otherwise give each a name of its own"
        )
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Conflict { provider, accounts: [account, other], .. } = self;
        write!(
            formatter,
            "the accounts `{account}` and `{other}` claim the same application of {provider} and share nothing, since their \
             connectors differ"
        )
    }
}

/// Accounts that share one application.
struct Group<'m> {
    /// The first account by name.
    first: &'m str,
    links: BTreeSet<Link>,
    /// Whether the operator named the application for all of them.
    named: bool,
    /// A name given by the operator.
    name: Option<&'m str>,
}

impl<'m> Group<'m> {
    /// Takes over another group's accounts if both have a link in common, and returns whether they do.
    fn merge(&mut self, other: &Group<'m>) -> bool {
        let is_one = !self.links.is_disjoint(&other.links);
        if is_one {
            self.first = self.first.min(other.first);
            self.links.extend(&other.links);
            self.named &= other.named;
            self.name = self.name.or(other.name);
        }
        is_one
    }
}

impl Applications {
    /// Adds the rows of a journal.
    pub fn learn(&self, rows: &[Row]) {
        let mut known = self.0.known();
        for content in rows.iter().filter_map(Row::content) {
            match content {
                Content::Link(link, application) => known.leads(link, application).recorded = true,
                Content::Names(Names { provider, names }) => known.knows(&provider, names),
                Content::Former(account, application) => {
                    known.former.entry(account).or_default().insert(application);
                    known.all_former.insert(application);
                }
            }
        }
        self.0.generation.fetch_add(1, Ordering::Release);
    }

    /// Adds an account, also with another version or configuration.
    pub fn join(&self, member: Member) -> Arc<Membership> {
        let mut known = self.0.known();
        known.knows(&member.provider, member.names.clone());
        let (shared, own) = (member.shared(&member.names), member.own(&member.names));
        let held: Vec<Link> = shared.into_iter().chain([own]).collect();
        let led = |link: &Link| known.links.get(link)?.first_key_value().map(|(application, _)| *application);
        // Where no link leads anywhere, the strongest determines the identifier: the same at each start.
        let first = held.iter().find_map(led);
        let application = first.unwrap_or(ApplicationId::from_bytes(held.first().map_or([0; 16], |link| link.0)));
        // An account that shares one link with this one knows all that it ever sent, by whichever link.
        let applications: BTreeSet<_> = known.led_by(&member).chain([application]).collect();
        let pairs = held.iter().flat_map(|link| applications.iter().map(|application| (*link, *application)));
        let held: Vec<_> = pairs.collect();
        let mut recorded = true;
        for (link, application) in &held {
            let led = known.leads(*link, *application);
            led.holders += 1;
            recorded &= led.recorded;
        }
        known.last += 1;
        let membership = Arc::new(Membership {
            member,
            table: self.0.clone(),
            number: known.last,
            application,
            held,
            recorded: AtomicBool::new(recorded),
            identities: Mutex::default(),
        });
        known.members.insert(membership.number, Arc::downgrade(&membership));
        self.0.generation.fetch_add(1, Ordering::Release);
        membership
    }

    /// Accounts that claim one application at their provider and do not share it: pairs, each account with the first.
    pub fn conflicts(&self) -> BTreeSet<Conflict> {
        let known = self.0.known();
        let members: Vec<Arc<Membership>> = known.members.values().filter_map(Weak::upgrade).collect();
        let mut claims: BTreeMap<ApplicationId, BTreeMap<&str, Vec<&Arc<Membership>>>> = BTreeMap::new();
        for one in &members {
            let of_name = claims.entry(one.member.claimed).or_default().entry(&one.member.account).or_default();
            of_name.push(one);
        }
        let mut conflicts = BTreeSet::new();
        for accounts in claims.values().filter(|accounts| accounts.len() > 1) {
            let mut groups: Vec<Group<'_>> = Vec::new();
            for (name, its) in accounts {
                let named = its.iter().all(|one| one.member.named().is_some());
                let given = its.iter().find_map(|one| one.member.named());
                let mut group = Group { first: name, links: known.shared_by(its), named, name: given };
                groups.retain(|other| !group.merge(other));
                groups.push(group);
            }
            groups.sort_by_key(|group| group.first);
            let provider = accounts.values().flatten().next().map(|one| one.member.provider.clone());
            let (Some((first, others)), Some(provider)) = (groups.split_first(), provider) else { continue };
            // Where the operator named both, the operator's names hold.
            conflicts.extend(others.iter().filter(|other| !(first.named && other.named)).map(|other| Conflict {
                application:
                    first.name.or(other.name).map_or_else(|| format!("{provider}-{}", first.first), str::to_owned),
                provider: provider.clone(),
                accounts: [first.first.to_owned(), other.first.to_owned()],
            }));
        }
        drop(known);
        // Dropping the last reference to a member releases its links, which locks the table.
        drop(members);
        conflicts
    }
}

impl Membership {
    /// The application under which it sends.
    pub fn application(&self) -> ApplicationId {
        self.application
    }

    /// The inputs that determine its application.
    pub fn member(&self) -> &Member {
        &self.member
    }

    /// The applications under which its orders are looked for, at this moment.
    pub fn identities(&self) -> Arc<Identities> {
        let generation = self.table.generation.load(Ordering::Acquire);
        let mut identities = self.identities.lock();
        match &*identities {
            Some((of, known)) if *of == generation => known.clone(),
            _ => {
                let known = Arc::new(self.table.known().identities(self));
                *identities = Some((generation, known.clone()));
                known
            }
        }
    }

    /// Whether writes under an application may be this account's, or those of an account that shares with it.
    pub fn knows(&self, application: ApplicationId) -> bool {
        self.identities().applications.contains(&application)
    }

    /// Whether its account sent a write, as an application that it is.
    pub fn has_sent(&self, account: &str, application: ApplicationId) -> bool {
        let identities = self.identities();
        let Identities { applications, former } = &*identities;
        account == self.member.account && applications.iter().chain(former).any(|its| *its == application)
    }

    /// Whether a write of an earlier version is its own, or of an account that shares with it, given the write's account and
    /// version of the connector.
    pub fn counts_former(&self, account: &str, connector: &Digest) -> bool {
        let member = &self.member;
        if account == member.account || *connector == member.component {
            return true;
        }
        let known = self.table.known();
        let named: Vec<Arc<Membership>> = known.members.values().filter_map(Weak::upgrade).collect();
        let its: Vec<_> = named.iter().filter(|its| its.member.account == account).collect();
        let shares = !known.shared_by(&its).is_disjoint(&known.shared_by_member(member));
        drop(known);
        drop(named);
        shares
    }

    /// Rows to record with its next write; none where the journal has them.
    pub fn unrecorded(&self) -> Vec<Row> {
        if self.recorded.load(Ordering::Acquire) {
            return Vec::new();
        }
        let links = self.held.iter().map(|(link, application)| Row::of_link(*link, *application));
        links.chain([Row::of_names(&self.member.provider, &self.member.names)]).collect()
    }

    /// Whether there are writes under its application, so that its links are kept even if it sends nothing.
    pub fn has_written(&self) -> bool {
        let known = self.table.known();
        let recorded = known.links_of(&self.member).filter_map(|link| known.links.get(&link));
        recorded.flat_map(BTreeMap::values).any(|led| led.recorded)
    }

    /// Notes that the journal has its rows, or may have them.
    pub fn is_recorded(&self) {
        if self.recorded.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut known = self.table.known();
        for (link, application) in &self.held {
            known.leads(*link, *application).recorded = true;
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let mut known = self.table.known();
        known.members.remove(&self.number);
        for (link, application) in &self.held {
            let Some(applications) = known.links.get_mut(link) else { continue };
            if let Some(led) = applications.get_mut(application) {
                led.holders = led.holders.saturating_sub(1);
                if led.holders == 0 && !led.recorded {
                    applications.remove(application);
                }
            }
            if applications.is_empty() {
                known.links.remove(link);
            }
        }
        self.table.generation.fetch_add(1, Ordering::Release);
    }
}

impl Table {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock()
    }
}

impl Known {
    /// Makes a link lead to an application.
    fn leads(&mut self, link: Link, application: ApplicationId) -> &mut Led {
        let led = self.links.entry(link).or_default();
        led.entry(application).or_default()
    }

    fn knows(&mut self, provider: &str, names: Vec<String>) {
        let sets = self.names.entry(provider.to_owned()).or_default();
        if sets.len() < MAX_NAME_SETS {
            sets.insert(names);
        }
    }

    /// The sets of settings that made an application at any time, its own among them.
    fn names_of<'k>(&'k self, member: &'k Member) -> impl Iterator<Item = &'k Vec<String>> {
        let others = self.names.get(&member.provider).into_iter().flatten();
        [&member.names].into_iter().chain(others.filter(|names| **names != member.names))
    }

    fn shared_by_member(&self, member: &Member) -> BTreeSet<Link> {
        self.names_of(member).flat_map(|names| member.shared(names)).collect()
    }

    fn shared_by(&self, members: &[&Arc<Membership>]) -> BTreeSet<Link> {
        members.iter().flat_map(|one| self.shared_by_member(&one.member)).collect()
    }

    /// All links of an account, by any set of settings that ever made an application.
    fn links_of<'k>(&'k self, member: &'k Member) -> impl Iterator<Item = Link> + 'k {
        self.names_of(member).flat_map(|names| member.shared(names).into_iter().chain([member.own(names)]))
    }

    /// The applications that an account's links lead to, by any set of settings that ever made an application.
    fn led_by<'k>(&'k self, member: &'k Member) -> impl Iterator<Item = ApplicationId> + 'k {
        self.links_of(member).filter_map(|link| self.links.get(&link)).flat_map(BTreeMap::keys).copied()
    }

    fn identities(&self, of: &Membership) -> Identities {
        let member = &of.member;
        let led: BTreeSet<_> = self.led_by(member).collect();
        let others = led.into_iter().filter(|application| *application != of.application);
        let own = self.former.get(&member.former()).into_iter().flatten().copied();
        let claimed = Some(member.claimed).filter(|claimed| self.all_former.contains(claimed));
        let former: BTreeSet<_> = own.chain(claimed).collect();
        Identities {
            applications: [of.application].into_iter().chain(others).collect(),
            former: former.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stockbridge_model::Descriptor;

    /// An account whose connector says that these settings make an application.
    fn member(account: &str, names: &[&str], version: u8) -> Member {
        let application = names.iter().map(|name| (*name).to_owned()).collect();
        let mut descriptor = Descriptor::new("p");
        descriptor.application = application;
        let settings = [("sid", "1"), ("key", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        Member {
            account: account.to_owned(),
            settings: Arc::new(settings.into()),
            component: Digest::from([version; 32]),
            path: Some("/connector.wasm".into()),
            ..Member::described(&descriptor, &BTreeMap::new())
        }
    }

    #[test]
    fn a_version_that_names_other_settings_is_known_by_what_was_sent_before() {
        let known = Applications::default();
        let before = known.join(member("a", &["sid"], 1));
        before.is_recorded();
        let of_before = before.application();
        drop(before);
        for names in [&["sid", "key"][..], &["key"], &[], &["sid"]] {
            let after = known.join(member("a", names, 2));
            assert!(after.knows(of_before), "{names:?}");
            // Also for another account at the same path.
            assert!(known.join(member("b", names, 2)).knows(of_before), "{names:?}");
        }
    }

    #[test]
    fn what_was_recorded_leads_to_the_same_application_in_the_next_process() {
        let known = Applications::default();
        let sent = known.join(member("a", &["sid"], 1));
        let rows = sent.unrecorded();
        assert!(!sent.has_written() && !rows.is_empty());
        sent.is_recorded();
        assert!(sent.has_written() && sent.unrecorded().is_empty());

        let next = Applications::default();
        next.learn(&rows);
        let other = next.join(member("a", &["sid", "key"], 2));
        assert!(other.knows(sent.application()) && other.has_written());
    }

    #[test]
    fn with_an_account_goes_what_it_never_sent_under() {
        let known = Applications::default();
        drop(known.join(member("a", &["sid"], 1)));
        assert!(known.0.known().links.is_empty() && known.0.known().members.is_empty());
        let recorded = known.join(member("a", &["sid"], 1));
        recorded.is_recorded();
        drop(recorded);
        assert!(!known.0.known().links.is_empty());
    }
}
