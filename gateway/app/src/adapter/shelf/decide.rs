//! Which version serves: promote, roll back, put aside, let out.

use super::tell;
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::shelf::{Loader, Shelf, Who, change, fit};
use crate::site::Workshop;
use credit_bundle::Version;
use credit_config::Problems;

/// Lets a version serve, once all that can be known beforehand is right: it is signed as the
/// policy says, fits every route that uses it, compiles and loads.
pub(super) async fn promote(
    shop: &Workshop,
    (name, version): (&str, &str),
    who: &Who,
    format: Format,
) -> Result<Exit, Failure> {
    let adapters = shop.shelves.writable()?;
    let shelf = shop.shelves.shelf(name)?;
    let wanted = shelf.version(version)?;
    if let Some(event) = shelf.standing.quarantined(version) {
        let message = format!("{name} {version} is in quarantine: {}", event.reason);
        let remedy = format!("let it out first: gateway adapter release {name}@{version}");
        return Err(Failure::new(Exit::Config, message).remedy(remedy));
    }
    if let Err(problems) = try_out(shop, &shelf, wanted)? {
        return Ok(refused(&problems, format));
    }
    change(adapters, name, |standing| {
        let present = shop.shelves.shelf(name)?.current();
        standing.promote(version, present, who);
        Ok(())
    })?;
    tell(shop, (name, version, "promoted"), format).await
}

/// Goes back to the version that served before.
pub(super) async fn roll_back(
    shop: &Workshop,
    name: &str,
    who: &Who,
    format: Format,
) -> Result<Exit, Failure> {
    let adapters = shop.shelves.writable()?;
    let shelf = shop.shelves.shelf(name)?;
    let present = shelf.current();
    let there = |v: &str| shelf.has(v);
    let Some(earlier) = shelf.standing.earlier(present.as_deref(), there) else {
        let message = format!("no other version of {name} has served before");
        let remedy = format!("choose one: gateway adapter promote {name}@VERSION");
        return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
    };
    if let Err(problems) = try_out(shop, &shelf, shelf.version(earlier)?)? {
        return Ok(refused(&problems, format));
    }
    change(adapters, name, |standing| {
        standing.roll_back(earlier, who);
        Ok(())
    })?;
    tell(shop, (name, earlier, "rolled_back"), format).await
}

/// Lets a version translate nothing any more; as the operator wants it the one before serves.
pub(super) async fn quarantine(
    shop: &Workshop,
    (name, version): (&str, &str),
    who: &Who,
    format: Format,
) -> Result<Exit, Failure> {
    shop.shelves.shelf(name)?.version(version)?;
    let then = shop.plan.quarantine.then;
    shop.shelves.put_aside((name, version), then, who)?;
    tell(shop, (name, version, "quarantined"), format).await
}

/// Lets a version out of quarantine; it serves where it is still the one that is to.
pub(super) async fn release(
    shop: &Workshop,
    (name, version): (&str, &str),
    who: &Who,
    format: Format,
) -> Result<Exit, Failure> {
    let adapters = shop.shelves.writable()?;
    change(adapters, name, |standing| {
        if standing.quarantined(version).is_none() {
            let message = format!("{name} {version} is not in quarantine");
            return Err(Failure::new(Exit::NotFound, message));
        }
        standing.release(version, who);
        Ok(())
    })?;
    tell(shop, (name, version, "released"), format).await
}

/// Whether the version can serve; the problems of the routes that it does not fit.
fn try_out(
    shop: &Workshop,
    shelf: &Shelf,
    version: Version,
) -> Result<Result<(), Problems>, Failure> {
    let admitted = shop.shelves.open(shelf, version)?;
    for warning in &admitted.warnings {
        eprintln!("警告 warning: {warning}");
    }
    let manifest = &admitted.installed.manifest;
    if let Err(problems) = fit(&shop.folder, &shop.directories, manifest, None) {
        return Ok(Err(problems));
    }
    let loader = Loader::start(&shop.plan.state, shop.plan.caps.stack_bytes)?;
    loader.try_out(&admitted.installed).map(Ok)
}

fn refused(problems: &Problems, format: Format) -> Exit {
    crate::say(problems, format);
    Exit::Config
}
