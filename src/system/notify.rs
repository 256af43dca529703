//! Sends a notice to a stakeholder's channel, under a hard time limit.
//!
//! Enter at [`send`]. It sends once and says what became of it; whether to send again is a person's decision, and
//! nothing of the release waits for it. The address of a webhook is a secret: it is in no result and no message.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::bounded::{BoundedCommand, End, Finished, Survivors};
use super::http;
use crate::domain::duration;
use crate::domain::plan::Channel;
use crate::domain::text::fit;

/// Cells of a command's last line that stand in a reason.
const LINE_CELLS: usize = 120;

/// What became of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The channel took it.
    Sent,
    /// The channel did not, or did not say so in time.
    Failed {
        /// Why, in words.
        reason: String,
        /// It may have gone out all the same: sending again may tell people twice.
        may_have_arrived: bool,
    },
    /// Nobody is wired to it: a person must tell them.
    ByHand,
}

/// Sends `text` through `channel`. A command gets the text on standard input, and `values` (the `RELCO_*` and the
/// environment's variables) on top of relco's environment, and runs in `dir`; a webhook gets `{"text": …}` at the
/// address in its variable, looked up in `values` first. Returns within `limit`, and a second for a killed command.
pub fn send(channel: &Channel, text: &str, values: &BTreeMap<String, String>, dir: &Path, limit: Duration) -> Delivery {
    match channel {
        Channel::ByHand => Delivery::ByHand,
        Channel::Command(command) => {
            let command = BoundedCommand {
                argv: command.exec_argv(),
                env: values.clone(),
                dir: dir.to_owned(),
                input: text.as_bytes().to_vec(),
                limit,
                survivors: Survivors::Leave,
            };
            by_command(&command.run(), limit)
        }
        Channel::Webhook { variable } => {
            let address = values.get(variable).cloned().or_else(|| std::env::var(variable).ok());
            match address.as_deref().map(str::trim).filter(|address| !address.is_empty()) {
                Some(address) => by_webhook(address, variable, text, limit),
                None => failed(format!("the variable {variable} is not set"), false),
            }
        }
    }
}

fn by_command(finished: &Finished, limit: Duration) -> Delivery {
    let with_line = |what: String| match finished.last_line() {
        Some(line) => format!("{what}: {}", fit(&String::from_utf8_lossy(line), LINE_CELLS)),
        None => what,
    };
    match &finished.end {
        End::Exited(0) => Delivery::Sent,
        End::Exited(code) => failed(with_line(format!("exit {code}")), false),
        End::Signalled(signal) => failed(with_line(format!("ended by signal {signal}")), true),
        End::OverTime => failed(with_line(format!("killed, not done within {}", duration::limit(limit))), true),
        End::Stopped => failed("stopped".to_owned(), true),
        End::NotStarted(why) => failed(why.clone(), false),
    }
}

fn by_webhook(address: &str, variable: &str, text: &str, limit: Duration) -> Delivery {
    let document = serde_json::json!({ "text": text }).to_string();
    match http::post_json(address, &document, limit) {
        Ok(answer) => match answer.status {
            200..300 => Delivery::Sent,
            300..400 => failed(format!("answered {}: redirects are not followed", answer.status), false),
            status => failed(format!("answered {status}"), false),
        },
        Err(http::HttpError::Address) => failed(format!("{variable} holds no http or https address"), false),
        Err(error) => failed(error.to_string(), error.may_have_arrived()),
    }
}

fn failed(reason: String, may_have_arrived: bool) -> Delivery {
    Delivery::Failed { reason, may_have_arrived }
}

#[cfg(test)]
mod tests {
    use super::super::http::tests::{answer, refused, server, silent};
    use super::*;
    use crate::domain::plan::CommandSpec;

    const TEXT: &str = "harbor 1.3.0 \"is\" live\nthanks";

    fn told(channel: &Channel, values: &[(&str, &str)], limit: Duration) -> Delivery {
        let values = values.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect();
        send(channel, TEXT, &values, &std::env::temp_dir(), limit)
    }

    fn command(script: &str) -> Channel {
        Channel::Command(CommandSpec { argv: vec![script.to_owned()], shell: true })
    }

    fn hook(address: &str, limit: Duration) -> Delivery {
        told(&Channel::Webhook { variable: "STATUS_HOOK".into() }, &[("STATUS_HOOK", address)], limit)
    }

    const PATIENT: Duration = Duration::from_secs(60);
    const QUICK: Duration = Duration::from_millis(100);

    #[test]
    fn a_command_reads_the_text_and_knows_the_release() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("told");
        let values = [("RELCO_VERSION", "1.3.0"), ("FILE", file.to_str().unwrap())];
        let delivery = told(&command("{ echo $RELCO_VERSION; cat; } > \"$FILE\""), &values, PATIENT);
        assert_eq!(delivery, Delivery::Sent);
        assert_eq!(std::fs::read_to_string(file).unwrap(), format!("1.3.0\n{TEXT}"));
    }

    #[test]
    fn a_command_that_fails_says_its_last_line() {
        let delivery = told(&command("echo no such channel >&2; exit 4"), &[], PATIENT);
        assert_eq!(delivery, failed("exit 4: no such channel".into(), false));
        let missing = Channel::Command(CommandSpec { argv: vec!["./no-such-notifier".into()], shell: false });
        assert_eq!(told(&missing, &[], PATIENT), failed("./no-such-notifier was not found".into(), false));
    }

    #[test]
    fn a_command_that_hangs_is_killed_and_may_have_told() {
        let delivery = told(&command("exec sleep 600"), &[], QUICK);
        assert_eq!(delivery, failed("killed, not done within 100 ms".into(), true));
    }

    #[test]
    fn a_webhook_gets_the_text_as_json() {
        let (address, served) = server(vec![answer(200)]);
        assert_eq!(hook(&format!("{address}/T0/secret"), PATIENT), Delivery::Sent);
        let asked = served.join().unwrap().remove(0);
        assert!(asked.starts_with("POST /T0/secret "), "{asked}");
        assert!(asked.ends_with(r#"{"text":"harbor 1.3.0 \"is\" live\nthanks"}"#), "{asked}");
    }

    #[test]
    fn a_webhook_that_answers_otherwise_failed() {
        let moved = "HTTP/1.1 308 X\r\nlocation: /x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned();
        let (address, served) = server(vec![answer(500), answer(404), moved]);
        assert_eq!(hook(&address, PATIENT), failed("answered 500".into(), false));
        assert_eq!(hook(&address, PATIENT), failed("answered 404".into(), false));
        assert_eq!(hook(&address, PATIENT), failed("answered 308: redirects are not followed".into(), false));
        served.join().unwrap();
    }

    #[test]
    fn a_webhook_that_is_silent_may_have_told_and_one_that_refuses_has_not() {
        let (address, listener) = silent();
        assert_eq!(hook(&address, QUICK), failed("no answer within 100 ms".into(), true));
        drop(listener);
        assert_eq!(hook(&refused(), PATIENT), failed("connection refused".into(), false));
    }

    #[test]
    fn the_address_is_in_no_result() {
        let secret = "s3cr3t-token";
        let refused = format!("{}/{secret}", refused());
        let (base, listener) = silent();
        for address in [
            refused,
            format!("{base}/{secret}"),
            format!("ftp://example.com/{secret}"),
            secret.to_owned(),
            format!("http://exa mple/{secret}"),
            format!("http://{secret}.invalid/x"),
        ] {
            let shown = format!("{:?}", hook(&address, Duration::from_millis(300)));
            assert!(!shown.contains(secret), "{shown}");
        }
        drop(listener);
    }

    #[test]
    fn an_address_that_is_not_there_is_named_by_its_variable() {
        let channel = Channel::Webhook { variable: "RELCO_TEST_NO_SUCH_HOOK".into() };
        assert_eq!(
            told(&channel, &[], PATIENT),
            failed("the variable RELCO_TEST_NO_SUCH_HOOK is not set".into(), false)
        );
        assert_eq!(hook("  ", PATIENT), failed("the variable STATUS_HOOK is not set".into(), false));
        assert_eq!(hook("x", PATIENT), failed("STATUS_HOOK holds no http or https address".into(), false));
    }

    #[test]
    fn nobody_wired_is_a_person_to_tell() {
        assert_eq!(told(&Channel::ByHand, &[], PATIENT), Delivery::ByHand);
    }
}
