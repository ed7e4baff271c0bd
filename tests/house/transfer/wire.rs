//! A wire to a server that can be cut.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// A wire to a port on this machine, which is cut, or goes dead, after so many bytes.
pub(super) struct Wire {
    pub(super) port: u16,
    /// From the server.
    down: Arc<End>,
    /// To the server.
    up: Arc<End>,
}

/// What one direction of a wire carries yet.
struct End {
    left: AtomicU64,
    /// Then it carries nothing more, and nobody is told, until it is mended.
    dead: Mutex<bool>,
    mended: Condvar,
}

impl End {
    fn whole() -> Arc<Self> {
        Arc::new(Self {
            left: AtomicU64::new(u64::MAX),
            dead: Mutex::new(false),
            mended: Condvar::new(),
        })
    }

    /// It carries so many bytes more, and then is cut, or `dead`.
    fn until(&self, bytes: u64, dead: bool) {
        *self.dead.lock().unwrap() = dead;
        self.left.store(bytes, Ordering::SeqCst);
        self.mended.notify_all();
    }

    fn takes(&self, bytes: u64) -> bool {
        let take = |left| match left {
            u64::MAX => Some(left),
            _ => left.checked_sub(bytes),
        };
        let taken = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        if taken.is_err() {
            let dead = self.dead.lock().unwrap();
            drop(self.mended.wait_while(dead, |dead| *dead).unwrap());
        }
        taken.is_ok()
    }
}

impl Wire {
    pub(super) fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire = Self {
            port: listener.local_addr().unwrap().port(),
            down: End::whole(),
            up: End::whole(),
        };
        let (down, up) = (Arc::clone(&wire.down), Arc::clone(&wire.up));
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else {
                    continue;
                };
                let (near_too, far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                let (down, up) = (Arc::clone(&down), Arc::clone(&up));
                std::thread::spawn(move || carry(near_too, far_too, &up));
                std::thread::spawn(move || carry(far, near, &down));
            }
        });
        wire
    }

    /// From now on it carries so many bytes more from the server, and is cut: the server is gone.
    pub(super) fn cut_after(&self, bytes: u64) {
        self.down.until(bytes, false);
    }

    /// Likewise, so many to the server.
    pub(super) fn cut_after_sent(&self, bytes: u64) {
        self.up.until(bytes, false);
    }

    /// It carries so many bytes more from the server, and then goes dead.
    pub(super) fn dead_after(&self, bytes: u64) {
        self.down.until(bytes, true);
    }

    /// Likewise, so many to the server.
    pub(super) fn dead_after_sent(&self, bytes: u64) {
        self.up.until(bytes, true);
    }

    /// It is mended, for whoever connects anew.
    pub(super) fn mend(&self) {
        self.down.until(u64::MAX, false);
        self.up.until(u64::MAX, false);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, end: &End) {
    let mut block = [0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut block) {
        if !end.takes(read as u64) || to.write_all(&block[..read]).is_err() {
            break;
        }
    }
    // Whoever is at either end may have closed it already.
    drop(from.shutdown(Shutdown::Both));
    drop(to.shutdown(Shutdown::Both));
}
