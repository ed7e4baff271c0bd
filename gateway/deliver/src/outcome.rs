//! What one attempt came to.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use credit_record::flow::{Parcel, Receipt};

/// The outcome of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every row has its fate.
    Settled(Receipt),
    /// Nothing is known to be stored: send the same parcel again, with the same key.
    Retry {
        /// How long the target asks to wait.
        after: Option<Duration>,
        /// What happened.
        why: Failure,
    },
    /// It was sent, and what became of it is not known yet: look again after so long.
    Wait(Duration),
    /// Sending again cannot help until somebody has acted.
    Stop(Stop),
}

impl Outcome {
    pub(crate) fn retry(code: impl Into<String>, text: String) -> Self {
        Self::Retry {
            after: None,
            why: Failure::new(code, text),
        }
    }
}

/// A failure that may pass by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Stable word: `connect`, `timeout`, `http_503`, `platform_500`, ...
    pub code: String,
    /// What happened, with host and status.
    pub text: String,
    /// What to do where it does not pass, in Chinese and English.
    pub remedy: &'static str,
}

impl Failure {
    pub(crate) fn new(code: impl Into<String>, text: String) -> Self {
        let code = code.into();
        Self {
            remedy: remedy(&code),
            code,
            text,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]: {}", self.text, self.code, self.remedy)
    }
}

/// What to do about a failure that does not pass by itself.
fn remedy(code: &str) -> &'static str {
    match code {
        "connect" => {
            "检查地址、网络和防火墙,对方是否在运行 / check the address, the network and the firewall, and \
             whether it runs there"
        }
        "timeout" => {
            "询问对方,或调大目标的 timeout_ms / ask its operator, or raise the target's timeout_ms"
        }
        "reply_unreadable" => {
            "若为登录页或代理页面,检查目标的 url 和令牌;否则联系平台 / where that is a page for people (a \
             login, a proxy), check the target's url and token; else ask the platform"
        }
        "exchange_folder" => {
            "检查该文件夹是否已挂载、网关用户能否写入、磁盘是否有空间 / check that the folder is mounted, that \
             the gateway's user may write to it, and that the disk has room"
        }
        "no_token" | "no_password" => {
            "检查该机密的文件或环境变量 / check the secret's file or variable"
        }
        "http_502" | "http_503" | "http_504" => {
            "平台或其代理暂不可用;持续出现请询问平台 / the platform or the proxy before it is not there: ask \
             its operator where it stays"
        }
        "http_507" => "请平台腾出存储空间 / have the platform make room",
        _ => {
            "网关会自动重试;持续出现请询问对方 / nothing: it is tried again; if it stays, ask its operator"
        }
    }
}

/// What a [`Stop`] stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Deliveries of this route to this target.
    Route,
    /// Deliveries of all routes to this target.
    Target,
}

/// Why deliveries stop until somebody has acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Stable word: `http_401`, `platform_3002`, `receipt_unclear`, ...
    pub code: String,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
    /// What to do, in Chinese and English.
    pub remedy: String,
    /// What stops.
    pub scope: Scope,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]: {}", self.en, self.code, self.remedy)
    }
}

/// The end of an attempt at a parcel that cannot be read.
pub(crate) fn damaged(parcel: &Parcel) -> Outcome {
    let (take, part) = (parcel.id.take, parcel.id.part);
    Outcome::Stop(Stop {
        code: "parcel_damaged".into(),
        zh: format!("批次 {take}/{part} 的各行超出其数据范围"),
        en: format!("the rows of parcel {take}/{part} do not lie within its bodies"),
        remedy:
            "这是网关的缺陷:保留现场并报告 / a defect of the gateway: keep the state and report it"
                .into(),
        scope: Scope::Route,
    })
}

/// An error with its causes, in one line.
pub(crate) fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}
