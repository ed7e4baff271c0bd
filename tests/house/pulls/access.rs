//! Who the gateway is for a service.

use super::service::{HERE, Service, ok, route, status};
use crate::support::{House, assert_ratings, number, ratings};

/// Gives the tokens t1, t2, ...
fn giver() -> Service {
    Service::new(|n, request| {
        if !request.contains("client_secret=open%20sesame") {
            return status("401 Unauthorized", "", "{\"error\":\"invalid_client\"}");
        }
        let token =
            format!("{{\"access_token\":\"t{n}\",\"token_type\":\"bearer\",\"expires_in\":3600}}");
        ok("content-type: application/json\r\n", token)
    })
}

fn oauth(giver: &Service) -> String {
    format!(
        "{HERE}oauth = {{ token_url = \"{}/token\", client_id = \"gateway\", \
         client_secret = {{ file = \"../../secret\" }}, client_auth = \"body\" }}\n",
        giver.url
    )
}

fn secret(house: &House, secret: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    house.put("secret", secret);
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(house.path("secret"), mode).unwrap();
}

#[test]
fn a_token_that_ends_between_two_pages_is_renewed() {
    let (house, giver) = (House::new(), giver());
    let service = Service::new(|n, request| {
        let token = if n < 2 { "t1" } else { "t2" };
        if !request.contains(&format!("\nauthorization: Bearer {token}\n")) {
            return status("401 Unauthorized", "", "");
        }
        match request.contains("token=more") {
            false => ok("x-next: more\r\n", ratings(0..10)),
            true => ok("", ratings(10..20)),
        }
    });
    secret(&house, "open sesame\n");
    let paging = "paging = { by = \"token\", param = \"token\", header = \"x-next\" }";
    route(
        &house,
        "pull",
        &service.url,
        &format!("{}{paging}", oauth(&giver)),
    );
    let books = house.once("pull");
    assert_eq!(
        (number(&books, "delivered"), number(&books, "duplicate")),
        (20, 0)
    );
    assert_eq!((service.asked().len(), giver.asked().len()), (3, 2));
    assert_ratings(&house.rows("tax-rating"), 0..20);
    let plan = house.run(&["plan"]).good().out;
    assert!(
        plan.contains(&giver.url) || !plan.contains(&service.url),
        "{plan}"
    );
}

#[test]
fn a_secret_that_is_not_accepted_is_named_by_its_place_and_never_shown() {
    let (house, giver) = (House::new(), giver());
    let service = Service::new(|_, _| ok("", ""));
    secret(&house, "abracadabra");
    route(&house, "pull", &service.url, &oauth(&giver));
    let ran = house.run(&["once", "pull"]).ended(6);
    assert!(
        ran.err
            .contains("/token gives no access token (401, invalid_client)"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("client_secret"), "{}", ran.err);
    assert!(!format!("{}{}", ran.out, ran.err).contains("abracadabra"));
    assert!(service.asked().is_empty());
}

#[test]
fn a_service_that_points_elsewhere_is_not_followed() {
    let elsewhere = Service::new(|_, _| ok("", ratings(0..10)));
    let to = format!("location: {}/\r\n", elsewhere.url);
    let service = Service::new(move |_, _| status("302 Found", &to, ""));
    let house = House::new();
    route(&house, "pull", &service.url, HERE);
    let ran = house.run(&["once", "pull"]).ended(6);
    assert!(
        ran.err
            .contains("points elsewhere (302), which is not followed"),
        "{}",
        ran.err
    );
    assert!(elsewhere.asked().is_empty());
}
