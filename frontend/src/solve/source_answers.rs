use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use hlb_eval::{Absence, AbsenceReason, Answer};
use hlb_gateway::bridge::{BridgeError, SolveRequest};
use llb::{Edge, marshal};
use tracing::info;

use super::absent_source::{git_absence, http_absence};
use super::failure::Failure;
use super::patience::{Question, in_time};
use super::request::Build;

/// The git repositories and web servers whose sources a program can do without: each is asked for once.
///
/// To know whether a source is there, a daemon has to fetch it: `ResolveSourceMeta` looks only images up before BuildKit
/// 0.26. So this is asked of a source only that is used if it is there. The build then uses the vertex that was solved here,
/// which a daemon resolves once in a build: it can't be another one by then.
#[derive(Default)]
pub struct SourceAnswers {
    asked: BTreeMap<Arc<str>, Asked>,
}

struct Asked {
    edge: Edge,
    /// What is not there, by what the daemon says.
    absence: fn(&str) -> Option<AbsenceReason>,
    answer: Option<Answer<()>>,
}

impl SourceAnswers {
    /// Whether a commit is there.
    pub fn git(&mut self, edge: &Edge) -> Answer<()> {
        self.answer(edge, git_absence)
    }

    /// Whether a web server has something.
    pub fn http(&mut self, edge: &Edge) -> Answer<()> {
        self.answer(edge, http_absence)
    }

    fn answer(&mut self, edge: &Edge, absence: fn(&str) -> Option<AbsenceReason>) -> Answer<()> {
        let new = || Asked { edge: edge.clone(), absence, answer: None };
        let asked = self.asked.entry(edge.vertex.digest().into()).or_insert_with(new);
        asked.answer.clone().unwrap_or(Answer::Pending)
    }

    /// Fetches all that is not known yet, at the same time.
    ///
    /// # Errors
    /// If the build is canceled.
    pub async fn fetch(&mut self, cx: &Build<'_>) -> Result<(), Failure> {
        let open: Vec<_> = self.asked.values_mut().filter(|it| it.answer.is_none()).collect();
        let answers = join_all(open.iter().map(|asked| asked.ask(cx))).await;
        for (asked, answer) in open.into_iter().zip(answers) {
            asked.answer = Some(answer?);
        }
        Ok(())
    }
}

impl Asked {
    async fn ask(&self, cx: &Build<'_>) -> Result<Answer<()>, Failure> {
        info!(vertex = self.edge.vertex.digest(), "question: source");
        let request =
            SolveRequest { evaluate: true, ..SolveRequest::definition(marshal(&self.edge)) };
        let solved = match in_time(cx.options, Question::Fetch, cx.bridge.solve(request)).await {
            Ok(solved) => solved,
            Err(late) => return Ok(Answer::Failed(late.to_string())),
        };
        let error = match solved {
            Ok(_) => return Ok(Answer::Ready(())),
            Err(error) if error.is_canceled() => return Err(Failure::Daemon(error)),
            Err(error) => error,
        };
        let said = error.to_string();
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
}
