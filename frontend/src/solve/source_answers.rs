use std::collections::BTreeMap;
use std::sync::Arc;

use gateway_proto::pb;
use hlb_eval::{Absence, AbsenceReason, Answer, Finding};
use hlb_gateway::bridge::{Bridge, BridgeError, SolveRequest};
use llb::{Edge, State, marshal};
use prost::Message as _;
use tracing::info;

use super::absent_source::{git_absence, http_absence};
use super::failure::Failure;
use super::patience::in_time;
use super::request::Build;
use super::together::together;

/// The git repositories and web servers whose sources a program can do without: each is asked for once.
///
/// Mostly a daemon has to fetch a source to know whether it is there, so that is asked of one only that is used if it is. Before
/// BuildKit 0.26, `ResolveSourceMeta` looks only images up; since then it knows the references of a repository, too, but
/// downloads what a web server has (0.26, `source/http/source.go`, `resolveMetadata`). The build uses the vertex that was asked about,
/// which a daemon resolves once in a build: it can't be another one by then.
#[derive(Default)]
pub struct SourceAnswers {
    asked: BTreeMap<Arc<str>, Asked>,
}

struct Asked {
    edge: Edge,
    by: Finding,
    /// What is not there, by what the daemon says.
    absence: fn(&str) -> Option<AbsenceReason>,
    answer: Option<Answer<()>>,
}

impl SourceAnswers {
    /// Whether a commit is there.
    pub fn git(&mut self, state: &State, by: Finding) -> Answer<()> {
        self.answer(state, by, git_absence)
    }

    /// Whether a web server has something.
    pub fn http(&mut self, state: &State, by: Finding) -> Answer<()> {
        self.answer(state, by, http_absence)
    }

    fn answer(
        &mut self,
        state: &State,
        by: Finding,
        absence: fn(&str) -> Option<AbsenceReason>,
    ) -> Answer<()> {
        let State::Edge(edge) = state else { return Answer::Ready(()) };
        let new = || Asked { edge: edge.clone(), by, absence, answer: None };
        let asked = self.asked.entry(edge.vertex.digest().into()).or_insert_with(new);
        asked.answer.clone().unwrap_or(Answer::Pending)
    }

    /// Whether something is asked that is found out in a way.
    pub fn has_open(&self, by: Finding) -> bool {
        self.asked.values().any(|it| it.answer.is_none() && it.by == by)
    }

    /// Finds out all that is not known yet and is found out in one of some ways, at the same time.
    ///
    /// # Errors
    /// If the build is canceled.
    pub async fn fetch(&mut self, cx: &Build<'_>, by: &[Finding]) -> Result<(), Failure> {
        let open = self.asked.values_mut().filter(|it| it.answer.is_none() && by.contains(&it.by));
        let open: Vec<_> = open.collect();
        let answers = together(open.iter().map(|asked| asked.ask(cx))).await?;
        for (asked, answer) in open.into_iter().zip(answers) {
            asked.answer = Some(answer);
        }
        Ok(())
    }
}

impl Asked {
    async fn ask(&self, cx: &Build<'_>) -> Result<Answer<()>, Failure> {
        info!(vertex = self.edge.vertex.digest(), by = ?self.by, "question: source");
        let solved = match in_time(cx.options, self.by, self.find(cx.bridge)).await {
            Ok(solved) => solved,
            Err(late) => return Ok(Answer::Failed(late.to_string())),
        };
        let error = match solved {
            Ok(_) => return Ok(Answer::Ready(())),
            Err(error) if error.is_canceled() => return Err(Failure::Daemon(error)),
            Err(error) => error,
        };
        let said = error.to_string();
        // What a daemon does with a source, which says nothing of the source.
        let said = said.strip_prefix("failed to load cache key: ").unwrap_or(&said);
        let problem = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let why = match &error {
            BridgeError::Status(status) => (self.absence)(&status.message),
            _ => None,
        };
        Ok(match why {
            Some(why) => Answer::Absent(Absence { why, problem }),
            None => Answer::Failed(problem),
        })
    }

    async fn find(&self, bridge: &dyn Bridge) -> Result<(), BridgeError> {
        let source = pb::Op::decode(self.edge.vertex.bytes()).ok().and_then(|op| op.op);
        match (self.by, source) {
            (Finding::Lookup, Some(pb::op::Op::Source(source))) => {
                let name = format!("[internal] firstOf: look for {}", source.identifier);
                bridge.find_source(source, name).await
            }
            _ => bridge.solve(SolveRequest::evaluated(marshal(&self.edge))).await.map(drop),
        }
    }
}
