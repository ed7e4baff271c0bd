//! `gateway.toml`.

use super::{is_name, push, target};
use crate::known::KnownDirectory;
use crate::limits::{
    CALL_MS, CARRY_KIB, FREE_GIB, KEEP_DAYS, KEEP_GIB, MEMORY_MIB, OUTPUT_MIB, QUARANTINE_FEEDS,
    QUARANTINE_TRAPS, RETENTION_DAYS, RETENTION_DAYS_ADVISED, RETENTION_GIB, STACK_KIB,
    TARGET_LATE_S, WAITING_MIB_MAX, WAITING_RECORDS_MAX,
};
use crate::plan::{
    AdapterPolicy, AdminPlan, AdmissionPlan, Caps, LogFormat, LogLevel, LogPlan, OnQuarantine,
    Plan, QuarantinePlan, QueuePlan, RawPlan,
};
use crate::plan::{PushPlan, RoutePlan, TargetPlan, Written};
use crate::problem::Problems;
use crate::reader::{Desk, NamedKind, Section, Spot, Text, Trouble};
use crate::suggest::nearest;
use crate::text::shorten;
use chrono_tz::{TZ_VARIANTS, Tz};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

pub(super) const KIB: u64 = 1024;
pub(super) const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;
const DAY_SECONDS: u64 = 86_400;

/// `gateway.toml` as it was read.
pub(super) struct Gateway {
    pub(super) timezone: Tz,
    pub(super) adapters: Option<PathBuf>,
    pub(super) directories: Option<PathBuf>,
    pub(super) admission: AdmissionPlan,
    pub(super) caps: Caps,
    quarantine: QuarantinePlan,
    pub(super) targets: BTreeMap<String, TargetPlan>,
    /// All names of targets, usable or not, and where they stand.
    pub(super) named_targets: BTreeMap<String, Spot>,
    /// Names of targets may have been lost with the syntax.
    pub(super) broken: bool,
    /// `[push]`: nothing where nobody listens, `Some(None)` where it cannot be used.
    pub(super) push: Option<Option<PushPlan>>,
    pub(super) state: PathBuf,
    admin: AdminPlan,
    queue: QueuePlan,
    raw: RawPlan,
    publicity: Option<PathBuf>,
    holidays: Option<PathBuf>,
    target_late: Duration,
    log: LogPlan,
}

impl Gateway {
    pub(super) fn plan(self, routes: BTreeMap<String, RoutePlan>, written: Written) -> Plan {
        Plan {
            state: self.state,
            timezone: self.timezone,
            admin: self.admin,
            push: self.push.flatten(),
            adapters: self.adapters,
            admission: self.admission,
            caps: self.caps,
            quarantine: self.quarantine,
            queue: self.queue,
            raw: self.raw,
            directories: self.directories,
            publicity: self.publicity,
            holidays: self.holidays,
            target_late: self.target_late,
            log: self.log,
            targets: self.targets,
            routes,
            warnings: Problems::default(),
            written,
        }
    }
}

/// Reads the file; `directories` are the codes that targets can have tables for.
pub(super) fn read(
    desk: &mut Desk<'_>,
    mut file: Section<'_>,
    directories: &[KnownDirectory],
) -> Gateway {
    let at = file.spot.file;
    let mut own = file.section(desk, "gateway");
    let state = match own.has("state") {
        true => own
            .need_text(desk, "state", "state = \"../state\"")
            .map(|text| text.value),
        false => own.text(desk, "state").map(|text| text.value),
    };
    let state = desk.beside(at, state.as_deref().unwrap_or("../state"));
    let timezone = own
        .text(desk, "timezone")
        .and_then(|text| zone(desk, &text));
    own.finish(desk);

    let mut admin = file.section(desk, "admin");
    let allow_remote = admin.flag(desk, "allow_remote");
    let listen = admin
        .text(desk, "listen")
        .and_then(|text| listen(desk, &text, allow_remote));
    admin.finish(desk);

    let push = push::endpoint(desk, &mut file);

    let mut adapters = file.section(desk, "adapters");
    let dir = adapters.path(desk, "dir", NamedKind::Folder);
    let admission = read_admission(desk, &mut adapters);
    let caps = caps(desk, &mut adapters, None);
    let quarantine = read_quarantine(desk, &mut adapters);
    adapters.finish(desk);

    let mut queue = file.section(desk, "queue");
    let queue_plan = read_queue(desk, &mut queue);
    queue.finish(desk);

    let mut raw = file.section(desk, "raw");
    let raw_plan = RawPlan {
        keep: Duration::from_secs(raw.number(desk, &KEEP_DAYS) * DAY_SECONDS),
        bytes_max: raw.number(desk, &KEEP_GIB) * GIB,
        free_bytes_least: raw.number(desk, &FREE_GIB) * GIB,
    };
    raw.finish(desk);

    let mut folder = file.section(desk, "directories");
    let directory_dir = folder.path(desk, "dir", NamedKind::Folder);
    folder.finish(desk);

    let mut rules = file.section(desk, "rules");
    let publicity = rules.path(desk, "publicity", NamedKind::File);
    let holidays = rules.path(desk, "holidays", NamedKind::File);
    rules.finish(desk);

    let mut alarms = file.section(desk, "alarms");
    let target_late = Duration::from_secs(alarms.number(desk, &TARGET_LATE_S));
    alarms.finish(desk);

    let mut log = file.section(desk, "log");
    let log_plan = read_log(desk, &mut log);
    log.finish(desk);

    let (named_targets, targets) = read_targets(desk, &mut file, directories);
    file.finish(desk);
    Gateway {
        timezone: timezone.unwrap_or(Tz::Asia__Shanghai),
        adapters: dir,
        directories: directory_dir,
        admission,
        caps,
        quarantine,
        targets,
        named_targets,
        broken: desk.is_broken(at),
        push,
        state,
        admin: AdminPlan {
            listen: listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 9464))),
        },
        queue: queue_plan,
        raw: raw_plan,
        publicity,
        holidays,
        target_late,
        log: log_plan,
    }
}

/// A time zone by its name.
pub(super) fn zone(desk: &mut Desk<'_>, text: &Text) -> Option<Tz> {
    if let Ok(zone) = text.value.parse() {
        return Some(zone);
    }
    let message = format!("{} is no time zone", shorten(desk.written(&text.spot)));
    let help = match nearest(&text.value, TZ_VARIANTS.iter().map(|zone| zone.name())) {
        Some(name) => format!("did you mean \"{name}\"?"),
        None => "zones have names such as \"Asia/Shanghai\" or \"UTC\"".to_owned(),
    };
    desk.report(&text.spot, Trouble::error("bad_zone", message, help));
    None
}

/// What an adapter may use: at most what `above` allows, and that where nothing is said.
pub(super) fn caps(desk: &mut Desk<'_>, section: &mut Section<'_>, above: Option<&Caps>) -> Caps {
    let mut number = |limit, above: Option<u64>| match above {
        None => section.number(desk, limit),
        Some(most) => section.number_capped(desk, limit, most, most, ", as gateway.toml allows"),
    };
    let memory_mib = number(&MEMORY_MIB, above.map(|a| a.memory_bytes / MIB));
    let call_ms = number(&CALL_MS, above.map(|a| a.call.as_millis() as u64));
    let output_mib = number(&OUTPUT_MIB, above.map(|a| a.output_bytes / MIB));
    let carry_kib = number(&CARRY_KIB, above.map(|a| a.carry_bytes / KIB));
    let stack_bytes = match above {
        // One engine runs all adapters, and the stack is the engine's.
        Some(above) => above.stack_bytes,
        None => number(&STACK_KIB, None) * KIB,
    };
    Caps {
        memory_bytes: memory_mib * MIB,
        call: Duration::from_millis(call_ms),
        output_bytes: output_mib * MIB,
        carry_bytes: carry_kib * KIB,
        stack_bytes,
    }
}

fn read_admission(desk: &mut Desk<'_>, adapters: &mut Section<'_>) -> AdmissionPlan {
    let words = [AdapterPolicy::Signed, AdapterPolicy::Development].map(|p| (p.word(), p));
    let policy = adapters.choice(desk, "policy", &words).unwrap_or_default();
    if policy == AdapterPolicy::Development {
        let message = "adapters that nobody signed are loaded: 未签名的适配器也会加载";
        let help = "for trying out alone; in service say policy = \"signed\"";
        let spot = adapters.spot_of("policy");
        desk.report(&spot, Trouble::warning("policy_development", message, help));
    }
    AdmissionPlan {
        policy,
        trust: adapters.path(desk, "trust", NamedKind::Folder),
    }
}

fn read_quarantine(desk: &mut Desk<'_>, adapters: &mut Section<'_>) -> QuarantinePlan {
    let words = [
        ("rollback", OnQuarantine::Rollback),
        ("stop", OnQuarantine::Stop),
    ];
    let mut count = |limit| u32::try_from(adapters.number(desk, limit)).unwrap_or(u32::MAX);
    let (traps, feeds) = (count(&QUARANTINE_TRAPS), count(&QUARANTINE_FEEDS));
    let then = adapters.choice(desk, "on_quarantine", &words);
    QuarantinePlan {
        traps,
        feeds,
        then: then.unwrap_or(OnQuarantine::Rollback),
    }
}

fn listen(desk: &mut Desk<'_>, text: &Text, allow_remote: bool) -> Option<SocketAddr> {
    let written = shorten(desk.written(&text.spot));
    let Ok(address) = text.value.parse::<SocketAddr>() else {
        let message = format!("{written} is no address to listen on");
        let help = "it has the form \"127.0.0.1:9464\"";
        desk.report(&text.spot, Trouble::error("bad_address", message, help));
        return None;
    };
    if !address.ip().is_loopback() && !allow_remote {
        let message = format!("{written} can be reached from other machines");
        let help = "use 127.0.0.1, or say allow_remote = true: whoever reaches it can read it";
        desk.report(&text.spot, Trouble::error("not_loopback", message, help));
        return None;
    }
    Some(address)
}

fn read_queue(desk: &mut Desk<'_>, queue: &mut Section<'_>) -> QueuePlan {
    let days = queue.number(desk, &RETENTION_DAYS);
    if days < RETENTION_DAYS_ADVISED {
        let message = format!("receipts are kept for {days} days only");
        let help =
            format!("records of what was sent are to be kept for {RETENTION_DAYS_ADVISED} days");
        let spot = queue.spot_of(RETENTION_DAYS.name());
        desk.report(&spot, Trouble::warning("short_retention", message, help));
    }
    QueuePlan {
        waiting_records_max: queue.number(desk, &WAITING_RECORDS_MAX),
        waiting_bytes_max: queue.number(desk, &WAITING_MIB_MAX) * MIB,
        retention: Duration::from_secs(days * DAY_SECONDS),
        retention_bytes: queue.number(desk, &RETENTION_GIB) * GIB,
    }
}

fn read_log(desk: &mut Desk<'_>, log: &mut Section<'_>) -> LogPlan {
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    let levels = [
        LogLevel::Info,
        LogLevel::Error,
        LogLevel::Warn,
        LogLevel::Debug,
        LogLevel::Trace,
    ];
    LogPlan {
        format: log
            .choice(desk, "format", &formats)
            .unwrap_or(LogFormat::Text),
        level: log
            .choice(desk, "level", &levels.map(|l| (l.word(), l)))
            .unwrap_or(LogLevel::Info),
    }
}

fn read_targets(
    desk: &mut Desk<'_>,
    file: &mut Section<'_>,
    directories: &[KnownDirectory],
) -> (BTreeMap<String, Spot>, BTreeMap<String, TargetPlan>) {
    let (mut named, mut targets) = (BTreeMap::new(), BTreeMap::new());
    for (name, section) in file.section(desk, "targets").sections(desk) {
        if !is_name(&name.value) {
            let message = format!("{:?} is no name of a target", shorten(&name.value));
            let help = "use 1 to 64 of a-z, 0-9 and -";
            desk.report(&name.spot, Trouble::error("bad_name", message, help));
        }
        let target = target::read(desk, section, &name.value, directories);
        named.insert(name.value.clone(), name.spot);
        targets.extend(target.map(|target| (name.value, target)));
    }
    (named, targets)
}
