use hlb_gateway::bridge::Bridge;
use hlb_gateway::options::Options;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::{FileId, Sources, Span};
use serde_json::json;
use visible::visible;

use super::Subrequest;
use super::reply::Reply;
use crate::solve::{Build, Failure};

/// A file that can't be printed as it is.
pub static UNPRINTABLE_FILE: Code = Code::error("HLB0615", "unprintable-file");

pub(super) static FMT: Subrequest = Subrequest {
    name: "frontend.hlb.fmt",
    version: "1.0.0",
    description: "Print the build file in the canonical layout",
    options: &[],
    has_status: false,
    answer: |bridge, options, sources| Box::pin(fmt(bridge, options, sources)),
};

/// Formats the build file alone; what it imports is not even loaded.
async fn fmt(
    bridge: &dyn Bridge,
    options: &Options,
    sources: &mut Sources,
) -> Result<Reply, Failure> {
    let cx = Build::new(bridge, options).await?;
    let text = cx.file.text.as_str();
    let file = sources.add(cx.file.name.as_str(), text);
    let (tree, errors) = hlb_syntax::parse(file, text.into());
    if !errors.is_empty() {
        return Err(errors.into());
    }
    if let Some(error) = unprintable(file, text) {
        return Err(vec![error].into());
    }
    let formatted = hlb_syntax::format(&tree);
    let json = json!({
        "filename": cx.file.name,
        "changed": formatted != text,
        "text": formatted,
    });
    Ok(Reply { json, text: formatted, status: None })
}

/// An answer goes to a terminal or into a file, and neither is to get what the other one needs.
fn unprintable(file: FileId, text: &str) -> Option<Diagnostic> {
    let shown = visible(text);
    let mut chars = text.char_indices().zip(shown.chars());
    let ((at, char), _) = chars.find(|((_, char), shown)| char != shown)?;
    let (start, end) = (at as u32, (at + char.len_utf8()) as u32);
    let message = format!(
        "control character U+{:04X}: a terminal would obey it when a client prints the file",
        u32::from(char)
    );
    let found = UNPRINTABLE_FILE.at(Span::new(file, start, end), message);
    Some(found.help("remove it, or format the file with `hlb-frontend fmt`"))
}
