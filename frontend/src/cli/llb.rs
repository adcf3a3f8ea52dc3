use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{IsTerminal, Write, stdout};

use anyhow::bail;
use hlb_eval::{
    EvalSettings, Evaluated, Evaluation, Product, Round, Unresolved, describe, registry,
};
use hlb_gateway::options::Options;
use hlb_program::check::check;
use hlb_program::module::Loading;
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Sources;
use llb::{Detail, Frames, Graph, Platform, dot, json_lines};
use prost::Message as _;

use super::arguments::{Arguments, Given, Opt};
use super::command::Command;
use super::exit::Usage;
use super::file::inputs;
use super::imports::Unread;
use super::program::{self, STDIN, STDIN_FILENAME};
use super::report::{self, Report};
use super::{Exit, platform};
use crate::solve::{DEFAULT_TARGET, eval_settings};

pub(super) static LLB: Command = Command {
    name: "llb",
    summary: "Print the LLB of a target, without a daemon",
    operands: "FILE|-",
    options: &[&TARGET, &BUILD_ARG, &PLATFORM, &FORMAT, &DETAIL, &STDIN_FILENAME],
    run,
};

static TARGET: Opt =
    Opt { name: "target", value: Some("NAME"), summary: "The target (default: `default`)" };

static BUILD_ARG: Opt = Opt {
    name: "build-arg",
    value: Some("NAME=VALUE"),
    summary: "Set a parameter of the target; may be repeated",
};

static PLATFORM: Opt = Opt {
    name: "platform",
    value: Some("OS/ARCH"),
    summary: "The platform to build for (default: Linux on this machine)",
};

static FORMAT: Opt = Opt {
    name: "format",
    value: Some("text|json|dot|proto"),
    summary: "Text (default), JSON lines or a graph as of `dump-llb`, or the bytes",
};

static DETAIL: Opt = Opt {
    name: "detail",
    value: None,
    summary: "Print digests, names, locations and capabilities too (text only)",
};

/// Replaces the text that differs from build to build, so that the same program has the same definition each time.
const NONCE: &str = "offline";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// For eyes.
    Text,
    /// A line a vertex, as `buildctl debug dump-llb` prints it.
    Json,
    /// For Graphviz.
    Dot,
    /// A `pb.Definition`, as `buildctl build` reads it.
    Proto,
}

/// What the arguments ask for.
struct Request {
    operands: Vec<OsString>,
    stdin_filename: String,
    /// Frontend options, as a client would send them.
    options: BTreeMap<String, String>,
    format: Format,
    detail: Detail,
}

fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let request = Request::read(arguments)?;
    let options = request.options()?;
    let platform = match &options.platforms[..] {
        [] => options.build_platform().cloned().unwrap_or_default(),
        [one] => one.clone(),
        _ => return Err(Usage::new("a definition is for one platform").into()),
    };
    if request.format == Format::Proto && stdout().is_terminal() {
        return Err(Usage::new("bytes are not for a terminal: redirect them").into());
    }
    let mut sources = Sources::default();
    match request.evaluate(&options, platform, &mut sources)? {
        Ok(product) => request.print(&product),
        Err(errors) => Report::new().print(errors, &sources),
    }
}

impl Request {
    fn read(mut arguments: Arguments) -> anyhow::Result<Self> {
        let mut request = Self {
            operands: Vec::new(),
            stdin_filename: STDIN.to_owned(),
            options: BTreeMap::new(),
            format: Format::Text,
            detail: Detail::default(),
        };
        while let Some(given) = arguments.next()? {
            match given {
                Given::Operand(operand) => request.operands.push(operand),
                Given::Option("build-arg", value) => {
                    let Some((name, value)) = value.split_once('=') else {
                        let problem = format!("build argument `{value}` has no value");
                        return Err(Usage::new(problem).help("write `NAME=VALUE`").into());
                    };
                    request.options.insert(format!("build-arg:{name}"), value.to_owned());
                }
                Given::Option("format", value) => request.format = Format::parse(&value)?,
                Given::Option("detail", _) => {
                    request.detail = Detail { digests: true, metadata: true, capabilities: true };
                }
                Given::Option("stdin-filename", value) => request.stdin_filename = value,
                Given::Option(name, value) => {
                    request.options.insert(name.to_owned(), value);
                }
            }
        }
        if request.detail != Detail::default() && request.format != Format::Text {
            return Err(Usage::new("`--detail` is for `--format text`").into());
        }
        Ok(request)
    }

    /// The options as a build would read them, on a daemon of this machine.
    fn options(&self) -> anyhow::Result<Options> {
        let options = self.options.iter().enumerate().map(|(number, (key, value))| {
            (format!("BUILDKIT_FRONTEND_OPT_{number}"), format!("{key}={value}"))
        });
        let workers = ("BUILDKIT_WORKERS".to_owned(), platform::workers());
        let environment = options.chain([workers]);
        let environment = environment.map(|(name, value)| (name.into(), value.into()));
        match Options::parse(environment) {
            Ok(options) => Ok(options),
            Err(errors) => {
                let problems: Vec<String> = errors.iter().map(ToString::to_string).collect();
                bail!("{}", problems.join("\n"))
            }
        }
    }

    /// Evaluates the target; what only a daemon knows stays the name that it is.
    fn evaluate(
        &self,
        options: &Options,
        platform: Platform,
        sources: &mut Sources,
    ) -> anyhow::Result<Result<Product, Vec<Diagnostic>>> {
        let input = match &inputs(self.operands.clone())?[..] {
            [one] => one.clone(),
            [] => return Err(Usage::new("no file; `-` is standard input").into()),
            _ => return Err(Usage::new("more than one file").into()),
        };
        let mut loading = Loading::default();
        program::add(&mut loading, sources, &input, &self.stdin_filename)?;
        // What was not read is an error where it is used.
        program::load(&mut loading, sources, &mut Unread::default());
        // The syntax trees end here: a program of many statements does without them from now on.
        let (program, errors) = check(&loading.finish(), &registry().builtins);
        if errors.iter().any(Diagnostic::is_error) {
            return Ok(Err(errors));
        }
        let settings = EvalSettings { nonce: NONCE.to_owned(), ..eval_settings(options, platform) };
        let evaluation =
            Evaluation { program: &program, sources, registry: registry(), settings: &settings };
        match evaluation.target(self.target(), &mut Unresolved) {
            Round::Done(Ok(Evaluated { value, .. })) => Ok(Ok(value)),
            Round::Done(Err(found)) => Ok(Err(found.errors)),
            Round::Pending(_) => bail!("an answer is outstanding that only a daemon has"),
        }
    }

    fn target(&self) -> &str {
        let named = self.options.get("target").map(String::as_str);
        named.filter(|name| !name.is_empty()).unwrap_or(DEFAULT_TARGET)
    }

    fn print(&self, product: &Product) -> anyhow::Result<Exit> {
        let definitions = || -> Vec<_> {
            let outputs = product.outputs().into_iter();
            outputs.map(|(name, state)| (name, state.definition())).collect()
        };
        let bytes = match self.format {
            Format::Text => describe(product, self.detail).into_bytes(),
            Format::Json => json_lines(definitions().iter().map(|(_, it)| it)).into_bytes(),
            Format::Dot => {
                let graph = Graph::new(definitions().iter().map(|(name, it)| (*name, it)));
                dot(&graph, &Frames::default()).into_bytes()
            }
            Format::Proto => {
                note_left_out(product);
                product.result.state.definition().encode_to_vec()
            }
        };
        let mut out = stdout().lock();
        out.write_all(&bytes)?;
        out.flush()?;
        Ok(Exit::Fine)
    }
}

/// Says what is not part of the definition of the result, and would be built before it.
fn note_left_out(product: &Product) {
    let outputs = product.outputs().into_iter();
    let others = outputs.filter(|(_, output)| **output != product.result.state);
    let names: Vec<&str> = others.map(|(name, _)| name).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        report::note(&format!(
            "the definition of the result alone, without what else is built: {names}"
        ));
    }
}

impl Format {
    fn parse(text: &str) -> Result<Self, Usage> {
        Ok(match text {
            "text" => Self::Text,
            "json" => Self::Json,
            "dot" => Self::Dot,
            "proto" => Self::Proto,
            _ => {
                return Err(Usage::unknown("format", text, &["text", "json", "dot", "proto"]));
            }
        })
    }
}
