//! Certificates that are renewed while the gateway runs.

use super::LISTEN;
use super::department::{Department, Said, certificate, route, route_by, secret};
use crate::support::{House, ratings};
use std::path::{Path, PathBuf};

/// What takes over from [`certificate`]: another authority, and what it vouches for.
fn renewed(file: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/house/push/renewed_tls");
    folder.join(file)
}

fn put(house: &House, to: &str, from: PathBuf) {
    secret(
        house,
        &format!("configs/{to}"),
        std::fs::read(from).unwrap(),
    );
}

/// A house whose route `tax` knows its department by either certificate, and `token` by its token.
fn house() -> House {
    let house = House::new();
    for file in ["server.pem", "server-key.pem", "ca.pem"] {
        put(&house, file, certificate(file));
    }
    house.gateway(&format!(
        "{LISTEN}cert_file = \"server.pem\"\nkey_file = \"server-key.pem\"\n\
         client_ca_file = \"ca.pem\"\n"
    ));
    // What openssl prints of the one client.pem and of the other.
    let by = "client_certificate = [\"6CFDDF96EDA7529FE3BBC7271D0EC1EC\
              7D598AA415328225972CC4F09B15C8A2\", \"4BA103C8B8D59BEF3D788D9BE327C82A\
              541A9CCBD061AB905449E62A0376017D\"]";
    route_by(&house, "tax", "tax", by, "");
    route(&house, "token", "tax", "");
    house
}

#[test]
fn renewed_certificates_take_over_without_a_restart_and_broken_ones_do_not() {
    let house = house();
    let mut service = house.start(&["run"]);
    let tax = Department::of(&mut service, "tax", "");
    let feed = ratings(0..3);
    let of_old = |own: Option<&str>| tax.push_trusting(certificate, own, &feed);
    let of_new = |own: Option<&str>| tax.push_trusting(renewed, own, &feed);
    let status = |said: Option<Said>| said.map(|said| said.status);
    assert_eq!(status(of_old(Some("client"))), Some(200));
    assert_eq!(status(of_new(None)), None, "nobody vouches for it there");

    // By itself, once both files are there; between them the pair before stays.
    put(&house, "server.pem", renewed("server.pem"));
    assert_eq!(status(of_old(Some("client"))), Some(200));
    let said = service.said();
    assert!(said.contains("it does not fit the key"), "{said}");
    let refused = house.run(&["reload"]).ended(3).err;
    assert!(
        refused.contains("it does not fit the key") && refused.contains("nothing was changed"),
        "{refused}"
    );
    assert_eq!(status(of_old(Some("client"))), Some(200));
    put(&house, "server-key.pem", renewed("server-key.pem"));
    assert_eq!(status(of_new(None)), Some(401), "known by no certificate");
    assert_eq!(status(of_old(Some("client"))), None);

    // Whose certificates are accepted, likewise.
    assert_eq!(status(of_new(Some("client"))), None);
    put(&house, "ca.pem", renewed("ca.pem"));
    assert_eq!(status(of_new(Some("client"))), Some(200));
    put(&house, "ca.pem", PathBuf::from("/dev/null"));
    let refused = house.run(&["reload"]).ended(3).err;
    assert!(
        refused.contains("ca.pem: no certificate is in it"),
        "{refused}"
    );
    assert_eq!(status(of_new(Some("client"))), Some(200));

    // By a command.
    for file in ["server.pem", "server-key.pem", "ca.pem"] {
        put(&house, file, certificate(file));
    }
    house.run(&["reload"]).good();
    assert_eq!(status(of_old(Some("client"))), Some(200));
    assert!(
        service.said().contains("another certificate shows who"),
        "{}",
        service.said()
    );
    assert_eq!(service.terminate(), 0, "{}", service.said());
}
