//! A folder of this machine. It may hang, as one does that is mounted from a machine that is gone.
//!
//! What must stay true: while a step hangs, no other is begun for its route, so that what it does
//! when it is late never meets what was done since, and a route holds one thread at most.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::line::Fault;

/// The folder as one route sees it.
#[derive(Clone)]
pub(super) struct Mount {
    dir: PathBuf,
    limit: Duration,
    free: Arc<Semaphore>,
}

impl Mount {
    pub(super) fn new(dir: &Path, timeout_ms: u64) -> Self {
        Self {
            dir: dir.to_owned(),
            limit: Duration::from_millis(timeout_ms),
            free: Arc::new(Semaphore::new(1)),
        }
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub(super) fn dir(&self) -> PathBuf {
        self.dir.clone()
    }

    /// Runs `work` where waiting for the disk holds nobody up, and for a while only.
    pub(super) async fn does<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let step = async {
            let free = Arc::clone(&self.free).acquire_owned().await;
            let free = free.map_err(io::Error::other)?;
            let done = tokio::task::spawn_blocking(move || {
                let done = work();
                drop(free);
                done
            });
            done.await
                .unwrap_or_else(|gone| Err(io::Error::other(gone)))
        };
        let done = timeout(self.limit, step).await.unwrap_or_else(|_| {
            let waited_ms = self.limit.as_millis();
            let text = format!("no answer within {waited_ms} ms");
            Err(io::Error::new(io::ErrorKind::TimedOut, text))
        });
        done.map_err(|error| Fault::Folder(self.dir.clone(), error))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn nothing_is_done_beside_a_step_that_hangs() {
        let mount = Mount::new(Path::new("out"), 20);
        let (end, hangs) = mpsc::channel::<()>();
        let hung = mount.does(move || hangs.recv().map_err(io::Error::other));
        let Err(Fault::Folder(_, error)) = hung.await else {
            panic!("it did not hang")
        };
        assert_eq!(error.to_string(), "no answer within 20 ms");
        assert!(mount.does(|| Ok(())).await.is_err());
        end.send(()).unwrap();
        let patient = Mount {
            limit: Duration::from_secs(60),
            ..mount
        };
        assert!(patient.does(|| Ok(())).await.is_ok());
    }
}
