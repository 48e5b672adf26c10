//! A disk that fails: no write is sent of which the intent is not durable, and nothing is said that the journal does not
//! know.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stockbridge::journal::{Disk, DiskSource, WriteFilter};
use stockbridge::{Host, Outcome};

use crate::scene::{Scene, account, applied, order};

/// A disk in memory, of which what was not synced is lost with each error.
#[derive(Clone, Debug, Default)]
struct Forgetful {
    bytes: Arc<Mutex<Bytes>>,
    /// The next time that it is synced after its beginning was written, it fails, and is gone.
    fails: Arc<AtomicBool>,
    /// It is not there.
    gone: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Bytes {
    durable: Vec<u8>,
    written: Vec<u8>,
    beginning: bool,
}

impl Forgetful {
    fn bytes(&self) -> MutexGuard<'_, Bytes> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn there(&self) -> io::Result<()> {
        if self.gone.load(Ordering::SeqCst) { Err(io::ErrorKind::NotFound.into()) } else { Ok(()) }
    }
}

impl DiskSource for Forgetful {
    fn open(&self) -> io::Result<Box<dyn Disk>> {
        self.there()?;
        let mut bytes = self.bytes();
        bytes.written = bytes.durable.clone();
        Ok(Box::new(self.clone()))
    }
}

impl Disk for Forgetful {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes().written.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = offset as usize;
        out.copy_from_slice(&self.bytes().written[offset..offset + out.len()]);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let (mut bytes, place) = (self.bytes(), offset as usize);
        // Where a commit is made to hold: the log, in front of everything else.
        bytes.beginning |= offset < 4 * 1024 * 1024;
        bytes.written[place..place + data.len()].copy_from_slice(data);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.bytes().written.resize(len as usize, 0);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.there()?;
        let mut bytes = self.bytes();
        if std::mem::take(&mut bytes.beginning) && self.fails.swap(false, Ordering::SeqCst) {
            self.gone.store(true, Ordering::SeqCst);
            return Err(io::ErrorKind::StorageFull.into());
        }
        bytes.durable = bytes.written.clone();
        Ok(())
    }
}

#[tokio::test]
async fn an_order_whose_intent_was_lost_on_the_disk_is_sent_once_and_has_one_record() {
    let scene = Scene::new("blind");
    let disk = Forgetful::default();
    let host = Host::builder().journal_on(disk.clone()).build(scene.config()).await.unwrap();
    // The failure is to meet no change that the host makes as it starts.
    account(&host).transfer(order()).await.unwrap();
    disk.fails.store(true, Ordering::SeqCst);
    let order = order();
    let failure = account(&host).transfer(order.clone()).await.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().code()), (Outcome::Unknown, "journal.unwritable"), "{failure}");
    assert!(disk.gone.swap(false, Ordering::SeqCst));
    account(&host).transfer(order.clone()).await.unwrap();
    assert_eq!(scene.provider.applied(order.reference.as_str()), 1);
    let reference = Some(order.reference);
    let records = host.journal().list(&WriteFilter { reference, ..WriteFilter::default() }).await.unwrap();
    assert_eq!(records.len(), 1, "{records:?}");
    assert!(applied(&records[0]), "{records:?}");
}

#[tokio::test]
async fn an_order_is_unknown_while_it_cannot_be_read_whether_it_was_sent_before() {
    let scene = Scene::new("blind");
    let disk = Forgetful::default();
    let host = Host::builder().journal_on(disk.clone()).build(scene.config()).await.unwrap();
    let before = order();
    let receipt = account(&host).transfer(before.clone()).await.unwrap();
    disk.gone.store(true, Ordering::SeqCst);
    for order in [order(), before.clone()] {
        let failure = account(&host).transfer(order.clone()).await.unwrap_err();
        assert_eq!((failure.outcome(), failure.error().code()), (Outcome::Unknown, "journal.unwritable"), "{failure}");
    }
    disk.gone.store(false, Ordering::SeqCst);
    assert_eq!(account(&host).transfer(before.clone()).await.unwrap(), receipt);
    assert_eq!(scene.provider.kept(before.reference.as_str()).writes, 1);
}
