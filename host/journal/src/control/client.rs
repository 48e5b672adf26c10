//! Client side of a command: it uses the host that has the journal open, or opens the file itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::{
    ClosedGap, Copied, Gap, Journal, JournalIdentity, JournalOptions, Settlement, Verified, WriteFilter, WriteHistory,
    WriteId, WriteRecord,
};
use crate::JournalConfig;
use crate::error::JournalError;
use crate::holder::JournalHolder;
use crate::holder_note::holder;

/// Access to a journal for a command: through the host that holds it, while one runs; through its file otherwise.
#[derive(Debug)]
pub struct JournalClient {
    file: PathBuf,
    /// None while a host holds it.
    journal: Option<Arc<Journal>>,
}

/// Time that a client waits for another command to release a journal that no host holds.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);
/// Interval between two attempts.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

impl JournalClient {
    /// Opens the journal in this file.
    ///
    /// # Errors
    /// It does not exist, or neither the file nor the host that holds it can be reached.
    pub async fn open(file: impl Into<PathBuf>) -> Result<JournalClient, JournalError> {
        let file = file.into();
        // Opening would create it.
        if let Err(error) = std::fs::metadata(&file) {
            let place = file.display().to_string();
            return Err(JournalError::Unopened { place, reason: format!("there is no such file ({error})") });
        }
        let config = JournalConfig::new(file.clone()).must_exist();
        let deadline = Instant::now() + OPEN_TIMEOUT;
        loop {
            match Journal::open(Some(&config), None, JournalOptions::default()).await {
                Ok(journal) => return Ok(JournalClient { file, journal: Some(journal) }),
                Err(JournalError::InUse { .. }) => {
                    let client = JournalClient { file: file.clone(), journal: None };
                    match client.reach().await {
                        Ok(()) => return Ok(client),
                        // Another command holds it for a moment, or a host that is just starting or ending.
                        Err(_) if Instant::now() < deadline => tokio::time::sleep(POLL_INTERVAL).await,
                        Err(error) => return Err(error),
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The process that holds the journal, where it left a note; none while this client has the file open itself.
    #[must_use]
    pub fn holder(&self) -> Option<JournalHolder> {
        self.is_in_use().then(|| holder(&self.file)).flatten()
    }

    /// Whether a running host holds the journal.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        self.journal.is_none()
    }

    /// Path of the journal.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// As [`Journal::list`].
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn list(&self, filter: &WriteFilter) -> Result<Vec<WriteRecord>, JournalError> {
        match &self.journal {
            Some(journal) => journal.list(filter).await,
            None => self.remote_list(filter).await,
        }
    }

    /// As [`Journal::history`].
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn history(&self, id: WriteId) -> Result<Option<WriteHistory>, JournalError> {
        match &self.journal {
            Some(journal) => journal.history(id).await,
            None => self.remote_history(id).await,
        }
    }

    /// As [`Journal::settle`].
    ///
    /// # Errors
    /// The errors of the same function of [`Journal`].
    pub async fn settle(&self, id: WriteId, decision: Settlement) -> Result<WriteRecord, JournalError> {
        match &self.journal {
            Some(journal) => journal.settle(id, decision).await,
            None => self.remote_settle(id, decision).await,
        }
    }

    /// As [`Journal::gaps`].
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn gaps(&self) -> Result<Vec<Gap>, JournalError> {
        match &self.journal {
            Some(journal) => Ok(journal.gaps()),
            None => self.remote_gaps().await,
        }
    }

    /// As [`Journal::close_gap`].
    ///
    /// # Errors
    /// The errors of the same function of [`Journal`].
    pub async fn close_gap(&self, decision: ClosedGap) -> Result<Vec<Gap>, JournalError> {
        match &self.journal {
            Some(journal) => journal.close_gap(decision).await,
            None => self.remote_close_gap(decision).await,
        }
    }

    /// As [`Journal::back_up`]. A running host writes the file itself.
    ///
    /// # Errors
    /// The errors of the same function of [`Journal`].
    pub async fn back_up(&self, to: &Path) -> Result<Copied, JournalError> {
        let to = std::path::absolute(to).unwrap_or_else(|_| to.to_path_buf());
        match &self.journal {
            Some(journal) => journal.back_up(to).await,
            None => self.remote_back_up(to).await,
        }
    }

    /// As [`Journal::verify`].
    ///
    /// # Errors
    /// The errors of the same function of [`Journal`].
    pub async fn verify(&self) -> Result<Verified, JournalError> {
        match &self.journal {
            Some(journal) => journal.verify().await,
            None => self.remote_verify().await,
        }
    }

    /// As [`Journal::identity`].
    ///
    /// # Errors
    /// The host that holds it does not answer.
    pub async fn identity(&self) -> Result<Option<JournalIdentity>, JournalError> {
        match &self.journal {
            Some(journal) => Ok(journal.identity()),
            None => self.remote_identity().await,
        }
    }

    /// As [`Journal::accounts`].
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn accounts(&self) -> Result<Vec<String>, JournalError> {
        match &self.journal {
            Some(journal) => journal.accounts().await,
            None => self.remote_accounts().await,
        }
    }

    /// Makes pending changes durable and releases the journal.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub async fn close(self) -> Result<(), JournalError> {
        match &self.journal {
            Some(journal) => journal.close().await,
            None => Ok(()),
        }
    }
}

/// Requests through the socket.
#[cfg(unix)]
mod socket {
    use std::io;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::UnixStream;

    use super::super::{Address, ControlRequest, ControlResponse, beside};
    use super::{
        ClosedGap, Copied, Gap, JournalClient, JournalError, JournalIdentity, Settlement, Verified, WriteFilter,
        WriteHistory, WriteId, WriteRecord,
    };

    /// Timeout for a host's answer.
    const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
    /// Timeout for an answer that makes the host read the whole journal.
    const FULL_READ_TIMEOUT: Duration = Duration::from_secs(15 * 60);

    impl JournalClient {
        pub(super) async fn reach(&self) -> Result<(), JournalError> {
            self.connect().await.map(drop).map_err(|error| self.no_answer(&error))
        }

        pub(super) async fn remote_list(&self, filter: &WriteFilter) -> Result<Vec<WriteRecord>, JournalError> {
            match self.ask(&ControlRequest::List(filter.clone())).await? {
                ControlResponse::Writes(writes) => Ok(writes),
                other => Err(self.unexpected(other)),
            }
        }

        pub(super) async fn remote_history(&self, id: WriteId) -> Result<Option<WriteHistory>, JournalError> {
            match self.ask(&ControlRequest::Story(id)).await? {
                ControlResponse::Story(story) => Ok(story.map(|story| *story)),
                other => Err(self.unexpected(other)),
            }
        }

        pub(super) async fn remote_settle(
            &self,
            id: WriteId,
            decision: Settlement,
        ) -> Result<WriteRecord, JournalError> {
            match self.ask(&ControlRequest::Settle(id, decision)).await? {
                ControlResponse::Settled(record) => Ok(*record),
                other => Err(self.unexpected(other)),
            }
        }

        pub(super) async fn remote_accounts(&self) -> Result<Vec<String>, JournalError> {
            match self.ask(&ControlRequest::Accounts).await? {
                ControlResponse::Accounts(accounts) => Ok(accounts),
                other => Err(self.unexpected(other)),
            }
        }

        pub(super) async fn remote_gaps(&self) -> Result<Vec<Gap>, JournalError> {
            match self.ask(&ControlRequest::Gaps).await? {
                ControlResponse::Gaps(gaps) => Ok(gaps),
                other => Err(self.unexpected(other)),
            }
        }

        pub(super) async fn remote_close_gap(&self, decision: ClosedGap) -> Result<Vec<Gap>, JournalError> {
            match self.ask(&ControlRequest::CloseGap(decision)).await? {
                ControlResponse::Gaps(gaps) => Ok(gaps),
                other => Err(self.unexpected(other)),
            }
        }

        pub(super) async fn remote_back_up(&self, to: std::path::PathBuf) -> Result<Copied, JournalError> {
            match self.ask_within(&ControlRequest::BackUp(to), FULL_READ_TIMEOUT).await? {
                ControlResponse::Copied(copied) => Ok(*copied),
                other => Err(self.unexpected(other)),
            }
        }

        pub(super) async fn remote_verify(&self) -> Result<Verified, JournalError> {
            match self.ask_within(&ControlRequest::Verify, FULL_READ_TIMEOUT).await? {
                ControlResponse::Verified(verified) => Ok(*verified),
                other => Err(self.unexpected(other)),
            }
        }

        pub(super) async fn remote_identity(&self) -> Result<Option<JournalIdentity>, JournalError> {
            match self.ask(&ControlRequest::Identity).await? {
                ControlResponse::Identity(identity) => Ok(identity),
                other => Err(self.unexpected(other)),
            }
        }

        async fn connect(&self) -> io::Result<UnixStream> {
            let address = Address::of(&beside(&self.file))?;
            UnixStream::connect(&address.path).await
        }

        async fn ask(&self, request: &ControlRequest) -> Result<ControlResponse, JournalError> {
            self.ask_within(request, REQUEST_TIMEOUT).await
        }

        async fn ask_within(
            &self,
            request: &ControlRequest,
            timeout: Duration,
        ) -> Result<ControlResponse, JournalError> {
            let exchanged = tokio::time::timeout(timeout, self.exchange(request)).await;
            exchanged.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(|error| self.no_answer(&error))
        }

        async fn exchange(&self, request: &ControlRequest) -> io::Result<ControlResponse> {
            let mut stream = self.connect().await?;
            let mut line = serde_json::to_vec(request)?;
            line.push(b'\n');
            stream.write_all(&line).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            Ok(serde_json::from_slice(&answer)?)
        }

        fn unexpected(&self, response: ControlResponse) -> JournalError {
            match response {
                ControlResponse::Refused(refused) => refused,
                _ => self.no_answer(&io::ErrorKind::InvalidData.into()),
            }
        }

        fn no_answer(&self, error: &io::Error) -> JournalError {
            let place = self.file.display().to_string();
            let reason = match self.holder() {
                Some(holder) => format!("{holder}, holds it and does not answer at its socket ({error})"),
                None => format!("the host that holds it does not answer at its socket ({error})"),
            };
            JournalError::Unopened { place, reason }
        }
    }
}

/// Fallback without Unix sockets: the host has to end first.
#[cfg(not(unix))]
impl JournalClient {
    async fn reach(&self) -> Result<(), JournalError> {
        let (place, holder) = (self.file.display().to_string(), self.holder());
        Err(JournalError::InUse { place, holder })
    }

    async fn remote_accounts(&self) -> Result<Vec<String>, JournalError> {
        self.reach().await.map(|()| Vec::new())
    }

    async fn remote_list(&self, _: &WriteFilter) -> Result<Vec<WriteRecord>, JournalError> {
        self.reach().await.map(|()| Vec::new())
    }

    async fn remote_history(&self, _: WriteId) -> Result<Option<WriteHistory>, JournalError> {
        self.reach().await.map(|()| None)
    }

    async fn remote_settle(&self, id: WriteId, _: Settlement) -> Result<WriteRecord, JournalError> {
        self.reach().await?;
        Err(JournalError::NoSuchWrite { id })
    }

    async fn remote_gaps(&self) -> Result<Vec<Gap>, JournalError> {
        self.reach().await.map(|()| Vec::new())
    }

    async fn remote_close_gap(&self, decision: ClosedGap) -> Result<Vec<Gap>, JournalError> {
        self.reach().await?;
        Err(JournalError::NoGap { account: decision.account })
    }

    async fn remote_back_up(&self, _: PathBuf) -> Result<Copied, JournalError> {
        self.reach().await?;
        Err(JournalError::Closed)
    }

    async fn remote_verify(&self) -> Result<Verified, JournalError> {
        self.reach().await?;
        Err(JournalError::Closed)
    }

    async fn remote_identity(&self) -> Result<Option<JournalIdentity>, JournalError> {
        self.reach().await.map(|()| None)
    }
}
