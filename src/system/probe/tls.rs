//! Probes over TLS, against a real server with certificates made on the spot: a private authority, another host's name,
//! one that is out of date.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::tests::plain;
use super::*;

/// An authority that nobody but this test trusts.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    dir: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("ca.pem"), certificate.pem()).unwrap();
        Self { issuer: Issuer::new(params, key), dir }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// Answers so many connections of this host's name, each with 200 and `ready`; a handshake that fails is one.
    fn serve(&self, host: &str, until: i32, connections: usize) -> (String, JoinHandle<usize>) {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("https://127.0.0.1:{}/health", listener.local_addr().unwrap().port());
        let serve = move || {
            let mut answered = 0;
            for _ in 0..connections {
                let (stream, _) = listener.accept().unwrap();
                let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
                answered += answer(StreamOwned::new(tls, stream));
            }
            answered
        };
        (address, std::thread::spawn(serve))
    }

    fn probe(&self, address: &str) -> Probe {
        let source = ProbeSource::Http(address.to_owned());
        let ca_file = Some(self.file().to_str().unwrap().to_owned());
        Probe { ca_file, body: Some("ready".to_owned()), ..plain(source, Duration::from_secs(60)) }
    }
}

/// Answers what is asked on a connection until it is closed; how often.
fn answer<S: Read + Write>(stream: S) -> usize {
    let mut stream = BufReader::new(stream);
    let mut answered = 0;
    loop {
        let mut line = String::new();
        while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
            line.clear();
        }
        if line.is_empty() {
            return answered;
        }
        let said = stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nready");
        if said.and_then(|()| stream.get_mut().flush()).is_err() {
            return answered;
        }
        answered += 1;
    }
}

fn asked(probe: &Probe) -> (Health, String) {
    let sample = Prober::new(probe, BTreeMap::new(), std::env::temp_dir()).ask();
    (sample.health, sample.why)
}

#[test]
fn a_private_authority_is_trusted_where_the_project_names_it() {
    let authority = Authority::new();
    let (address, served) = authority.serve("127.0.0.1", 2999, 2);
    assert_eq!(asked(&authority.probe(&address)), (Health::Well, "answered 200".to_owned()));
    let elsewhere = Probe { ca_file: None, ..authority.probe(&address) };
    let why = "its certificate is not signed by anybody who is trusted".to_owned();
    assert_eq!(asked(&elsewhere), (Health::Bad, why));
    assert_eq!(served.join().unwrap(), 1);
}

#[test]
fn a_certificate_of_another_host_or_of_the_past_is_bad_and_says_which() {
    let authority = Authority::new();
    let (address, served) = authority.serve("other.example.com", 2999, 1);
    let why = "its certificate is of another host".to_owned();
    assert_eq!(asked(&authority.probe(&address)), (Health::Bad, why));
    assert_eq!(served.join().unwrap(), 0);
    let (address, served) = authority.serve("127.0.0.1", 2021, 1);
    assert_eq!(asked(&authority.probe(&address)), (Health::Bad, "its certificate is out of date".to_owned()));
    assert_eq!(served.join().unwrap(), 0);
    // Another authority of the same name is another one all the same.
    let (address, served) = authority.serve("127.0.0.1", 2999, 1);
    let (health, _) = asked(&Authority::new().probe(&address));
    assert_eq!((health, served.join().unwrap()), (Health::Bad, 0));
}

#[test]
fn a_kept_connection_shakes_hands_once() {
    for (reuse, connections) in [(true, 1), (false, 3)] {
        let authority = Authority::new();
        let (address, served) = authority.serve("127.0.0.1", 2999, connections);
        let prober = Prober::new(&Probe { reuse, ..authority.probe(&address) }, BTreeMap::new(), std::env::temp_dir());
        assert!(prober.measure(3, Duration::ZERO).iter().all(|sample| sample.health == Health::Well), "{reuse}");
        drop(prober);
        assert_eq!(served.join().unwrap(), 3);
    }
}
