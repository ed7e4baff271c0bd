//! Whether a version of an adapter fits the routes that use it, and what they are with it.

use credit_adapter::{Manifest, SettingKind as Declared};
use credit_config::{
    Known, KnownAdapter, KnownDirectory, KnownFeed, KnownSetting, Problems, ProcessEnv, RoutePlan,
    SettingKind,
};
use std::collections::BTreeMap;
use std::path::Path;

/// The routes that use the adapter, as `manifest` has them: its feeds, its settings. What only
/// `newer` knows of settings is no problem, and not handed over.
pub(crate) fn fit(
    config: &Path,
    directories: &[KnownDirectory],
    manifest: &Manifest,
    newer: Option<&Manifest>,
) -> Result<BTreeMap<String, RoutePlan>, Problems> {
    let (files, unread) = credit_config::read(config);
    if !unread.is_empty() {
        return Err(unread);
    }
    let files = credit_config::with_routes_of(files, Some(&manifest.name));
    let mut adapter = known_adapter(manifest);
    if let Some(newer) = newer {
        allow_settings_of(&mut adapter, newer);
    }
    let known = Known {
        adapters: vec![adapter],
        unusable: Vec::new(),
        directories: directories.to_vec(),
    };
    let mut routes = credit_config::check(&files, &ProcessEnv, &known)?.routes;
    for route in routes.values_mut() {
        let spec = manifest.feed(&route.feed);
        let own = |name: &String| spec.is_some_and(|f| f.settings.iter().any(|s| s.name == *name));
        route.settings.retain(|name, _| own(name));
    }
    Ok(routes)
}

fn allow_settings_of(adapter: &mut KnownAdapter, newer: &Manifest) {
    for feed in &mut adapter.feeds {
        let strange = newer.feed(&feed.name).into_iter().flat_map(|f| &f.settings);
        let strange: Vec<KnownSetting> = strange
            .filter(|s| feed.settings.iter().all(|own| own.name != s.name))
            .map(|s| KnownSetting {
                required: false,
                default: None,
                ..setting(s)
            })
            .collect();
        feed.settings.extend(strange);
    }
}

/// What a configuration can name of an adapter.
pub(crate) fn known_adapter(manifest: &Manifest) -> KnownAdapter {
    KnownAdapter {
        name: manifest.name.clone(),
        feeds: manifest.feeds.iter().map(feed).collect(),
    }
}

fn feed(feed: &credit_adapter::Feed) -> KnownFeed {
    KnownFeed {
        name: feed.name.clone(),
        snapshot: feed.snapshot,
        settings: feed.settings.iter().map(setting).collect(),
    }
}

fn setting(setting: &credit_adapter::Setting) -> KnownSetting {
    KnownSetting {
        name: setting.name.clone(),
        kind: match setting.kind {
            Declared::Text => SettingKind::Text,
            Declared::Integer => SettingKind::Integer,
            Declared::Boolean => SettingKind::Boolean,
            Declared::OneOf => SettingKind::OneOf(setting.values.clone()),
        },
        required: setting.required,
        default: setting.default.clone(),
    }
}
