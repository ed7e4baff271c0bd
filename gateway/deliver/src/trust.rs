//! A certificate that is not trusted: sending again cannot help until somebody has looked.

use std::error::Error;
use std::io;

use rustls::CertificateError as Why;

use crate::outcome::{Scope, Stop};

/// The stop that `error` means, if a certificate is behind it.
pub(crate) fn stop(host: &str, error: &(dyn Error + 'static)) -> Option<Stop> {
    let why = untrusted(error)?;
    let (zh, remedy) = match why {
        Why::Expired | Why::ExpiredContext { .. } => (
            "证书已过期",
            "请平台更换证书,并核对本机时钟 / have the platform renew its certificate, and check this \
             machine's clock",
        ),
        Why::NotValidYet | Why::NotValidYetContext { .. } => (
            "证书尚未生效",
            "核对本机时钟,或请平台检查证书 / check this machine's clock, or have the platform check its \
             certificate",
        ),
        Why::UnknownIssuer => (
            "证书的签发机构不受信任",
            "向平台核实其证书由谁签发,属实才改 ca_file;否则可能有人冒充平台 / ask the \
             platform who vouches for its certificate, and set ca_file only if that is so: else \
             somebody may stand in for it",
        ),
        Why::NotValidForName | Why::NotValidForNameContext { .. } => (
            "证书不是该主机名的",
            "在 url 中使用证书所载的主机名 / use a host name of the certificate in the target's url",
        ),
        _ => (
            "证书不可信",
            "请平台检查证书 / have the platform check its certificate",
        ),
    };
    let said = rustls::Error::InvalidCertificate(why.clone());
    Some(Stop {
        code: "tls".into(),
        zh: format!("{host} 的{zh}"),
        en: format!("{host} is not trusted: {said}"),
        remedy: remedy.to_owned(),
        scope: Scope::Target,
    })
}

/// The certificate's fault among the causes of an error; an I/O error holds its own apart.
fn untrusted<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Why> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
            return Some(why);
        }
        let held = error.downcast_ref::<io::Error>();
        next = match held.and_then(io::Error::get_ref) {
            Some(held) => Some(held),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_found_however_deep_it_lies() {
        let why = rustls::Error::InvalidCertificate(Why::UnknownIssuer);
        let deep = io::Error::other(io::Error::other(why));
        let stop = stop("platform:443", &deep).unwrap();
        assert!(stop.en.contains("platform:443") && stop.en.contains("UnknownIssuer"));
        assert!(stop.remedy.contains("ca_file"), "{stop}");
        let other = io::Error::other(rustls::Error::DecryptError);
        assert!(super::stop("platform:443", &other).is_none());
    }
}
