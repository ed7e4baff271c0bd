//! `gateway plan`: what the configuration as it is written now would change, and what each route
//! that it touches reaches, uses and sends.

use super::changes::{Change, How, InForce, Kind, changes};
use super::table;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reload::fixed_keys;
use crate::site::Site;
use crate::targets;
use credit_config::{RoutePlan, Written};
use serde::Serialize;
use std::collections::BTreeSet;

/// The whole of it.
#[derive(Debug, Serialize)]
pub(crate) struct Preview {
    /// What differs from what is in force.
    pub changes: Vec<Change>,
    /// The keys that a running service does not take: they change with a restart.
    pub restart: Vec<String>,
    /// The routes that are new or work otherwise from then on.
    pub routes: Vec<Route>,
}

/// What a route reaches, uses and sends.
#[derive(Debug, Serialize)]
pub(crate) struct Route {
    pub route: String,
    pub adapter: String,
    /// Hosts and folders that its feed comes from.
    pub source: String,
    /// By target: the host, and the columns of each directory that are sent.
    pub targets: Vec<Sent>,
    /// Names of the variables and files that keep its secrets.
    pub secrets: Vec<String>,
    pub memory_mib: u64,
    pub call_ms: u64,
    pub output_mib: u64,
    pub chunk_kib: u64,
}

/// What a target gets.
#[derive(Debug, Serialize)]
pub(crate) struct Sent {
    pub target: String,
    pub host: String,
    pub directories: Vec<Fields>,
}

/// The columns of a directory that are sent.
#[derive(Debug, Serialize)]
pub(crate) struct Fields {
    pub directory: String,
    pub fields: Vec<String>,
    /// Those that stay here.
    pub kept: Vec<String>,
}

/// Looks at `site` beside what is in force on its state folder.
pub(crate) fn preview(site: &Site) -> Result<Preview, Failure> {
    let before = InForce::read(&site.plan.state)?.map(|i| i.written);
    let changes = changes(&before.clone().unwrap_or_default(), &site.plan.written);
    let touches = |route: &RoutePlan| {
        changes.iter().any(|c| match c.kind {
            Kind::Gateway => true,
            Kind::Target => route.targets.contains(&c.name),
            Kind::Route => c.name == route.name && c.how != How::Removed,
        })
    };
    let routes = site.plan.routes.values().filter(|r| touches(r));
    Ok(Preview {
        routes: routes.map(|r| shown(site, r)).collect(),
        restart: match before {
            Some(_) => fixed_keys(&changes),
            None => Vec::new(),
        },
        changes,
    })
}

fn shown(site: &Site, route: &RoutePlan) -> Route {
    let installed = site.serving.get(&route.adapter);
    let manifest = installed.map(|i| &i.manifest);
    let feed = manifest.and_then(|m| m.feed(&route.feed));
    let codes = feed.map(|f| f.directories.clone()).unwrap_or_default();
    let targets = route.targets.iter().filter_map(|name| {
        let target = site.plan.targets.get(name)?;
        let shapes = targets::fields(target, &site.directories);
        let directories = codes.iter().filter_map(|code| {
            let directory = site.directories.get(code)?;
            let shape = shapes.get(code).cloned().unwrap_or_default();
            let sent = |c: &String| {
                !shape.drop.contains(c) && shape.only.as_ref().is_none_or(|only| only.contains(c))
            };
            let columns = || directory.columns().iter().map(|c| &c.code);
            let named = |c: &String| match shape.rename.get(c) {
                Some(there) => format!("{c}→{there}"),
                None => c.clone(),
            };
            Some(Fields {
                directory: code.clone(),
                fields: columns().filter(|c| sent(c)).map(named).collect(),
                kept: columns().filter(|c| !sent(c)).cloned().collect(),
            })
        });
        Some(Sent {
            target: name.clone(),
            host: target.place(),
            directories: directories.collect(),
        })
    });
    let caps = manifest.map_or(route.caps, |m| {
        let mut caps = route.caps;
        caps.memory_bytes = caps.memory_bytes.min(m.limits.memory_bytes);
        caps.call = caps.call.min(m.limits.call);
        caps.output_bytes = caps.output_bytes.min(m.limits.output_bytes);
        caps
    });
    Route {
        route: route.name.clone(),
        adapter: manifest.map_or_else(String::new, |m| format!("{} {}", m.name, m.version)),
        source: route.source.place(),
        targets: targets.collect(),
        secrets: secrets(&site.plan.written, route),
        memory_mib: caps.memory_bytes >> 20,
        call_ms: u64::try_from(caps.call.as_millis()).unwrap_or(u64::MAX),
        output_mib: caps.output_bytes >> 20,
        chunk_kib: route.chunk_bytes >> 10,
    }
}

/// Where the secrets of a route and its targets are kept: `{ env = … }` and `{ file = … }`, and
/// the key of a certificate.
fn secrets(written: &Written, route: &RoutePlan) -> Vec<String> {
    let mut found = BTreeSet::new();
    if let Some(own) = written.routes.get(&route.name) {
        kept(own, &mut found);
    }
    let targets = written.gateway.get("targets").and_then(|t| t.as_table());
    for name in &route.targets {
        if let Some(target) = targets.and_then(|t| t.get(name)?.as_table()) {
            kept(target, &mut found);
        }
    }
    found.into_iter().collect()
}

fn kept(table: &toml::Table, found: &mut BTreeSet<String>) {
    if let Some(file) = table.get("key_file").and_then(toml::Value::as_str) {
        found.insert(format!("文件 file {file}"));
    }
    for value in table.values().filter_map(toml::Value::as_table) {
        let text = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
        match (value.len(), text("env"), text("file")) {
            (1, Some(variable), _) => drop(found.insert(format!("变量 variable {variable}"))),
            (1, _, Some(file)) => drop(found.insert(format!("文件 file {file}"))),
            _ => kept(value, found),
        }
    }
}

/// The preview as a person reads it.
pub(crate) fn text(preview: &Preview) -> String {
    let mut text = super::changes::text(&preview.changes);
    for key in &preview.restart {
        text.push_str(&format!(
            "须重启 only with a restart: {key} (gateway reload refuses it)\n"
        ));
    }
    for route in &preview.routes {
        text.push_str(&format!("\n路由 route {}\n", route.route));
        let limits = format!(
            "{} MiB, {} ms, {} MiB 输出 output, {} KiB 每段 a piece",
            route.memory_mib, route.call_ms, route.output_mib, route.chunk_kib
        );
        let secrets = match route.secrets.is_empty() {
            true => "无 none".to_owned(),
            false => route.secrets.join("\n"),
        };
        let mut rows = vec![
            vec!["来源 source".to_owned(), route.source.clone()],
            vec!["适配器 adapter".to_owned(), route.adapter.clone()],
            vec!["限额 limits".to_owned(), limits],
            vec!["密钥 secrets".to_owned(), secrets],
        ];
        for sent in &route.targets {
            rows.push(vec![
                "发往 sent to".to_owned(),
                format!("{}   {}", sent.target, sent.host),
            ]);
            for fields in &sent.directories {
                let mut columns = fields.fields.join(" ");
                if !fields.kept.is_empty() {
                    columns.push_str(&format!("\n不发送 not sent: {}", fields.kept.join(" ")));
                }
                rows.push(vec![format!("　{}", fields.directory), columns]);
            }
        }
        text.push_str(&table(&["项目\nwhat", "内容\nis"], rows));
    }
    text
}

/// Shows it.
pub(crate) fn show(site: &Site, format: crate::cli::Format) -> Result<Exit, Failure> {
    let preview = preview(site)?;
    let printed = super::print(format, &[preview], |p| p.iter().map(text).collect());
    printed.map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(Exit::Done)
}
