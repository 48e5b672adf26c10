//! A command's side: the host that works on the journal, or the file itself where none does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::{Journal, JournalOptions, Settlement, WriteFilter, WriteId, WriteRecord, WriteStory};
use crate::config::JournalConfig;
use crate::error::{Error, ErrorKind, JournalError};

/// A journal as a command works on it: through the host that has it, while one runs; on its file otherwise.
#[derive(Debug)]
pub struct JournalClient {
    file: PathBuf,
    /// None while a host has it.
    journal: Option<Arc<Journal>>,
}

impl JournalClient {
    /// Opens the journal in this file.
    ///
    /// # Errors
    /// There is none, or neither it nor the host that has it can be reached.
    pub async fn open(file: impl Into<PathBuf>) -> Result<JournalClient, Error> {
        let file = file.into();
        // Opening would make it.
        if let Err(error) = std::fs::metadata(&file) {
            let place = file.display().to_string();
            return Err(ErrorKind::Journal(JournalError::Unopened { place, reason: error.to_string() }).into());
        }
        let config = JournalConfig::new(file.clone());
        match Journal::open(Some(&config), None, JournalOptions::default()).await {
            Ok(journal) => Ok(JournalClient { file, journal: Some(journal) }),
            Err(error) if matches!(error.kind(), ErrorKind::Journal(JournalError::InUse { .. })) => {
                let client = JournalClient { file, journal: None };
                client.reach().await?;
                Ok(client)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether a host runs that has the journal.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        self.journal.is_none()
    }

    /// Where it is.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// As [`Journal::list`].
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn list(&self, filter: &WriteFilter) -> Result<Vec<WriteRecord>, Error> {
        match &self.journal {
            Some(journal) => journal.list(filter).await,
            None => self.listed(filter).await,
        }
    }

    /// As [`Journal::story`].
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn story(&self, id: WriteId) -> Result<Option<WriteStory>, Error> {
        match &self.journal {
            Some(journal) => journal.story(id).await,
            None => self.told(id).await,
        }
    }

    /// As [`Journal::settle`].
    ///
    /// # Errors
    /// As there.
    pub async fn settle(&self, id: WriteId, word: Settlement) -> Result<WriteRecord, Error> {
        match &self.journal {
            Some(journal) => journal.settle(id, word).await,
            None => self.settled(id, word).await,
        }
    }

    /// Makes durable what was done, and lets the journal go.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub async fn close(self) -> Result<(), Error> {
        match &self.journal {
            Some(journal) => journal.close().await,
            None => Ok(()),
        }
    }
}

/// Through the socket.
#[cfg(unix)]
mod asking {
    use std::io;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::UnixStream;

    use super::super::{Asked, Told, beside};
    use super::{
        Error, ErrorKind, JournalClient, JournalError, Settlement, WriteFilter, WriteId, WriteRecord, WriteStory,
    };

    /// How long a host may take to answer.
    const LONGEST: Duration = Duration::from_secs(30);

    impl JournalClient {
        pub(super) async fn reach(&self) -> Result<(), Error> {
            UnixStream::connect(beside(&self.file)).await.map(drop).map_err(|error| self.unreached(&error))
        }

        pub(super) async fn listed(&self, filter: &WriteFilter) -> Result<Vec<WriteRecord>, Error> {
            match self.ask(&Asked::List(filter.clone())).await? {
                Told::Writes(writes) => Ok(writes),
                other => Err(self.odd(other)),
            }
        }

        pub(super) async fn told(&self, id: WriteId) -> Result<Option<WriteStory>, Error> {
            match self.ask(&Asked::Story(id)).await? {
                Told::Story(story) => Ok(story.map(|story| *story)),
                other => Err(self.odd(other)),
            }
        }

        pub(super) async fn settled(&self, id: WriteId, word: Settlement) -> Result<WriteRecord, Error> {
            match self.ask(&Asked::Settle(id, word)).await? {
                Told::Settled(record) => Ok(*record),
                other => Err(self.odd(other)),
            }
        }

        async fn ask(&self, asked: &Asked) -> Result<Told, Error> {
            let exchanged = tokio::time::timeout(LONGEST, self.exchange(asked)).await;
            exchanged.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(|error| self.unreached(&error))
        }

        async fn exchange(&self, asked: &Asked) -> io::Result<Told> {
            let mut stream = UnixStream::connect(beside(&self.file)).await?;
            let mut line = serde_json::to_vec(asked)?;
            line.push(b'\n');
            stream.write_all(&line).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            Ok(serde_json::from_slice(&answer)?)
        }

        fn odd(&self, told: Told) -> Error {
            match told {
                Told::Refused(refused) => ErrorKind::Journal(refused).into(),
                _ => self.unreached(&io::ErrorKind::InvalidData.into()),
            }
        }

        fn unreached(&self, error: &io::Error) -> Error {
            let place = self.file.display().to_string();
            let reason = format!("the host that has it does not answer at its socket: {error}");
            ErrorKind::Journal(JournalError::Unopened { place, reason }).into()
        }
    }
}

/// Without sockets of this kind, the host has to end first.
#[cfg(not(unix))]
impl JournalClient {
    async fn reach(&self) -> Result<(), Error> {
        Err(ErrorKind::Journal(JournalError::InUse { place: self.file.display().to_string() }).into())
    }

    async fn listed(&self, _: &WriteFilter) -> Result<Vec<WriteRecord>, Error> {
        self.reach().await.map(|()| Vec::new())
    }

    async fn told(&self, _: WriteId) -> Result<Option<WriteStory>, Error> {
        self.reach().await.map(|()| None)
    }

    async fn settled(&self, id: WriteId, _: Settlement) -> Result<WriteRecord, Error> {
        self.reach().await?;
        Err(ErrorKind::Journal(JournalError::NoSuchWrite { id }).into())
    }
}
