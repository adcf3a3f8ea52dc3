//! What a build took where its program leaves it to what is there, for whoever reads its progress or its result.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::OptionFuture;
use hlb_eval::{AbsenceReason, AbsentSource, Choice};
use hlb_gateway::bridge::{Bridge, SolveRequest};
use hlb_syntax::source::{Sources, Span};
use llb::{FileAction, Metadata, Mkfile, Platform, State, marshal};
use serde_json::{Value, json};

/// The metadata of a result with what was taken. The daemon passes on what begins with `frontend.` (BuildKit 0.13 and later,
/// `solver/llbsolver/solver.go`, `Solve`).
pub const FIRST_OF: &str = "frontend.hlb.firstOf";

/// Each with the platforms that it is for: none if it is a module's, or if all have it.
#[derive(Default)]
pub struct Choices(Vec<(Choice, Vec<Platform>)>);

impl Choices {
    /// Takes note of what was taken for a module, which is for no platform.
    pub fn add(&mut self, choices: Vec<Choice>) {
        for choice in choices {
            if !self.0.iter().any(|(known, _)| *known == choice) {
                self.0.push((choice, Vec::new()));
            }
        }
    }

    /// Takes note of what was taken for each platform.
    pub fn add_for(&mut self, choices: Vec<(Platform, Vec<Choice>)>) {
        let count = choices.len();
        let mut all: Vec<(Choice, Vec<Platform>)> = Vec::new();
        for (platform, choices) in choices {
            for choice in choices {
                match all.iter_mut().find(|(known, _)| *known == choice) {
                    Some((_, platforms)) if platforms.contains(&platform) => {}
                    Some((_, platforms)) => platforms.push(platform.clone()),
                    None => all.push((choice, vec![platform.clone()])),
                }
            }
        }
        for (_, platforms) in &mut all {
            if platforms.len() == count {
                platforms.clear();
            }
        }
        self.0.extend(all);
    }

    /// Shows what was taken, a line of progress each. That a daemon can't is no reason to fail.
    ///
    /// A frontend has no other way to show a line than a vertex that runs: these make a small file each, in a solve of their
    /// own, of which nothing is used.
    pub async fn show(&self, bridge: &dyn Bridge, sources: &Sources) {
        let lines = self.0.iter().map(|(choice, platforms)| line(choice, platforms, sources));
        let state = lines.fold(State::Scratch, |state, line| {
            let data = line.clone().into_bytes();
            let file = Mkfile { path: "/taken".to_owned(), mode: 0o644, data, ..Mkfile::default() };
            llb::file(state, vec![FileAction::Mkfile(file)], Metadata::named(line))
        });
        let solve = state.edge().map(|edge| bridge.solve(SolveRequest::evaluated(marshal(edge))));
        let _ = OptionFuture::from(solve).await;
    }

    /// The same as metadata of the result; nothing if there was nothing to choose.
    pub fn metadata(&self, sources: &Sources) -> Option<(String, Vec<u8>)> {
        if self.0.is_empty() {
            return None;
        }
        let all = self.0.iter().map(|(choice, platforms)| entry(choice, platforms, sources));
        Some(encoded(FIRST_OF, &json!({ "firstOf": all.collect::<Vec<_>>() })))
    }
}

/// An object as metadata of a result.
///
/// Clients read JSON in Base64 (buildx 0.13 to 0.29, `commands/build.go`, `decodeExporterResponse`).
pub fn encoded(key: &str, json: &Value) -> (String, Vec<u8>) {
    (key.to_owned(), STANDARD.encode(json.to_string()).into_bytes())
}

fn line(choice: &Choice, platforms: &[Platform], sources: &Sources) -> String {
    let Choice { span, taken, count, .. } = choice;
    let mut of: Vec<_> = platforms.iter().map(Platform::to_string).collect();
    of.push("internal".to_owned());
    let mut which = format!("candidate {} of {count}", taken.number);
    if !taken.sources.is_empty() {
        which += &format!(": {}", taken.sources.join(", "));
    }
    format!("[{}] firstOf: took {which} ({})", of.join(" "), place(*span, sources))
}

/// A place as people write it, such as `build.hlb:3`.
pub fn place(span: Span, sources: &Sources) -> String {
    let Some(file) = sources.get(span.file) else { return String::new() };
    format!("{}:{}", file.shown_name(), file.position(span.start).line)
}

fn entry(choice: &Choice, platforms: &[Platform], sources: &Sources) -> Value {
    let Choice { span, taken, count, passed } = choice;
    let passed: Vec<_> = passed.iter().map(|it| absent(it, sources)).collect();
    let platforms: Vec<_> = platforms.iter().map(Platform::to_string).collect();
    json!({
        "at": place(*span, sources),
        "candidate": taken.number,
        "candidates": count,
        "candidateAt": place(taken.span, sources),
        "sources": taken.sources,
        "absent": passed,
        "platforms": platforms,
    })
}

fn absent(absent: &AbsentSource, sources: &Sources) -> Value {
    let why = match absent.absence.why {
        AbsenceReason::NotFound => "not found",
        AbsenceReason::Denied => "denied",
        AbsenceReason::OtherPlatform => "other platform",
    };
    json!({ "at": place(absent.span, sources), "why": why, "said": absent.absence.problem })
}
