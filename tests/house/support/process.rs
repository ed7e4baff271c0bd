//! Processes of the binary: run to their end, or killed at the latest when the test ends.

use super::wait_until;
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Runs a command to its end.
    pub(crate) fn of(mut command: Command) -> Self {
        let output = command.stdin(Stdio::null()).output().unwrap();
        let code = output.status.code();
        Self {
            code: code.unwrap_or_else(|| panic!("{:?}", output.status)),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It must have ended well.
    pub(crate) fn good(self) -> Self {
        self.ended(0)
    }

    /// It must have ended with that code.
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{}\n{}", self.out, self.err);
        self
    }

    /// What it printed, one object a line.
    pub(crate) fn json(&self) -> Vec<Value> {
        let lines = self.out.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// A command under way.
pub(crate) struct Process {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Process {
    /// Starts it; what it says on standard error is kept.
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (told, lines) = (
            Arc::clone(&said),
            BufReader::new(child.stderr.take().unwrap()),
        );
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let mut told = told.lock().unwrap();
                told.push_str(&line);
                told.push('\n');
            }
        });
        Self { child, said }
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Room for files of that size, and no more; whatever file system the folder is on.
    pub(crate) fn room(&self, bytes: Option<u64>) {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(Some(Pid::from_child(&self.child)), Resource::Fsize, limit).unwrap();
    }

    /// The code it ended with, if it has ended.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        let status = self.child.try_wait().unwrap()?;
        Some(status.code().unwrap_or(-1))
    }

    /// Waits for its end; the code.
    pub(crate) fn wait(&mut self) -> i32 {
        let mut code = None;
        wait_until("the process ends", || {
            code = self.ended();
            code.is_some()
        });
        code.unwrap()
    }

    /// Kills it: nothing of it comes to an end.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to stop; the code it ends with.
    pub(crate) fn terminate(&mut self) -> i32 {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).unwrap();
        self.wait()
    }

    /// The address of its admin port, once the log has told it.
    pub(crate) fn admin(&mut self) -> SocketAddr {
        self.told("address")
    }

    /// The address that its log tells under that name.
    pub(crate) fn told(&mut self, name: &str) -> SocketAddr {
        let mut address = None;
        wait_until("the service tells its port", || {
            assert_eq!(self.ended(), None, "{}", self.said());
            let said = self.said();
            let lines = said
                .lines()
                .filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let mut told = lines.filter_map(|l| l["fields"][name].as_str()?.parse().ok());
            address = told.next();
            address.is_some()
        });
        address.unwrap()
    }

    /// Its answer to a GET on its admin port: status and body.
    pub(crate) fn get(&mut self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.admin()).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
