//! What outputs are made of, as digests that are the same on every daemon and for every client.
//!
//! A vertex digest is not: a directory of the client is one whatever is in it, and has the client's session in it. Here a
//! filesystem that only its content tells apart from others (a directory of the client, a branch of a repository, an unpinned
//! download) stands as the content of what is *used* of it, so a file that no step reads changes nothing. Whoever wants such a
//! digest finds out the contents: [`Portable::open`] lists what is to be hashed.
//!
//! The form is that of [`FORM`]. Whatever changes it has to give it another name, or two different outputs may have one digest.

mod op;
mod used;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use gateway_proto::pb;
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use super::platform::Platform;
use super::vertex::{Edge, Vertex};

pub use op::root_input;
pub use used::Use;

/// The name of the form, which is part of every digest.
const FORM: &str = "hlb-frontend: portable digest, form 1";

/// What an output is made of, as SHA-256 of the form.
pub type PortableDigest = [u8; 32];

/// What is known from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The digests of contents, by [`Use::key`].
    pub contents: BTreeMap<String, String>,
    /// Outputs that stand for others, such as an image for what it was made of.
    pub stand_ins: BTreeMap<String, PortableDigest>,
    /// The digests of images that a daemon has without one; None if nobody knows.
    pub pins: BTreeMap<Unpinned, Option<String>>,
}

/// A source without a digest that can't be mounted either.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unpinned {
    pub identifier: String,
    pub platform: Platform,
}

/// What a vertex is made of.
#[derive(Clone, Debug)]
enum Made {
    /// Its content says all there is to say.
    Content,
    Of(PortableDigest),
    /// The content of something below it is not known yet.
    Open,
    Unknown(Unportable),
}

/// Why nobody can say what an output is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unportable {
    /// A source without a digest that can't be mounted either, by its identifier.
    Unpinned(String),
    /// A vertex runs whatever its cache key.
    IgnoresCache,
    /// An op that is not known here.
    UnknownOp,
}

/// What an op takes.
enum Input {
    /// This program, of whichever version.
    OwnProgram,
    /// What is used of a content.
    Content(Vec<Use>),
    /// None if a content below it is not known yet.
    Output(Option<PortableDigest>),
}

impl Input {
    /// Whether these are contents, at least one, and nothing else.
    fn are_contents(all: &[Self]) -> bool {
        let mut others = all.iter().filter(|it| !matches!(it, Self::OwnProgram)).peekable();
        others.peek().is_some() && others.all(|it| matches!(it, Self::Content(_)))
    }
}

/// Says of an exec, by its vertex and its op, whether it is a step of the program that asks.
pub type IsOwn<'k> = &'k dyn Fn(&Vertex, &pb::ExecOp) -> bool;

/// The digests of some outputs.
pub struct Portable<'k> {
    known: &'k Known,
    is_own: IsOwn<'k>,
    made: BTreeMap<String, Made>,
    /// In the order of the graph, each once.
    open: Vec<Use>,
    /// Their keys.
    asked: BTreeSet<String>,
    unpinned: BTreeSet<Unpinned>,
}

impl<'k> Portable<'k> {
    /// Finds out what some outputs are made of, each vertex once. Of a step that `is_own` knows, the root is left out: it is
    /// the program, of whichever version.
    pub fn of<'e>(
        outputs: impl IntoIterator<Item = &'e Edge>,
        known: &'k Known,
        is_own: IsOwn<'k>,
    ) -> Self {
        let (made, open, asked, unpinned) = Default::default();
        let mut all = Self { known, is_own, made, open, asked, unpinned };
        for output in outputs {
            all.visit(output);
        }
        all
    }

    /// The contents that are still to be found out, each once, in an order that depends on the graph alone.
    pub fn open(&self) -> &[Use] {
        &self.open
    }

    /// The sources without a digest of which [`Known::pins`] says nothing.
    pub fn unpinned(&self) -> &BTreeSet<Unpinned> {
        &self.unpinned
    }

    /// What an output is made of; nothing as long as contents are open.
    ///
    /// # Errors
    /// If nobody can say.
    pub fn digest(&self, output: &Edge) -> Result<Option<PortableDigest>, Unportable> {
        if let Some(digest) = self.known.stand_ins.get(&output.to_string()) {
            return Ok(Some(*digest));
        }
        Ok(match self.made(&output.vertex) {
            Made::Of(vertex) => Some(of_output(vertex, output.index)),
            Made::Content => {
                let content = self.known.contents.get(&Use::whole(output).key());
                content.map(|content| Form::new("content").text(content).end())
            }
            Made::Open => None,
            Made::Unknown(why) => return Err(why),
        })
    }

    fn made(&self, vertex: &Vertex) -> Made {
        self.made.get(vertex.digest()).cloned().unwrap_or(Made::Open)
    }

    /// The walk keeps its own stack: a chain may be longer than the machine's.
    fn visit(&mut self, output: &Edge) {
        let mut open = vec![(output.vertex.clone(), 0)];
        while let Some((vertex, next)) = open.last_mut() {
            if self.made.contains_key(vertex.digest()) {
                open.pop();
                continue;
            }
            match vertex.inputs().get(*next).cloned() {
                Some(input) => {
                    *next += 1;
                    let stands_for = self.known.stand_ins.contains_key(&input.to_string());
                    if !stands_for && !self.made.contains_key(input.vertex.digest()) {
                        open.push((input.vertex, 0));
                    }
                }
                None => {
                    let made = self.make(vertex);
                    self.made.insert(vertex.digest().to_owned(), made);
                    open.pop();
                }
            }
        }
        if matches!(self.made(&output.vertex), Made::Content) {
            self.ask([Use::whole(output)]);
        }
    }

    /// What a vertex is made of whose inputs are known.
    fn make(&mut self, vertex: &Vertex) -> Made {
        let op = match pb::Op::decode(vertex.bytes()) {
            // Fields that are not known here would be left out.
            Ok(op) if op.encoded_len() == vertex.bytes().len() => op,
            _ => return Made::Unknown(Unportable::UnknownOp),
        };
        if vertex.metadata().ignore_cache {
            return Made::Unknown(Unportable::IgnoresCache);
        }
        if let Some(pb::op::Op::Source(source)) = &op.op {
            return match op::source(source, op.platform.as_ref(), &self.known.pins) {
                Ok(Some(form)) => Made::Of(form.end()),
                Ok(None) => Made::Content,
                Err(source) => {
                    let identifier = source.identifier.clone();
                    if !self.known.pins.contains_key(&source) {
                        self.unpinned.insert(*source);
                    }
                    Made::Unknown(Unportable::Unpinned(identifier))
                }
            };
        }
        let own_root = match &op.op {
            Some(pb::op::Op::Exec(exec)) if (self.is_own)(vertex, exec) => root_input(exec),
            _ => None,
        };
        let (own, uses) = (own_root.is_some(), op::uses(&op, vertex.inputs()));
        let inputs = vertex.inputs().iter().zip(uses).enumerate();
        let inputs = inputs.map(|(index, (edge, uses))| match Some(index) == own_root {
            true => Ok(Input::OwnProgram),
            false => self.input(edge, uses),
        });
        let inputs: Vec<Input> = match inputs.collect() {
            Ok(inputs) => inputs,
            Err(why) => return Made::Unknown(why),
        };
        if op::keeps(&op, own) && Input::are_contents(&inputs) {
            return Made::Content;
        }
        let Some(mut form) = op::form(op) else { return Made::Unknown(Unportable::UnknownOp) };
        let mut is_open = false;
        for input in inputs {
            match input {
                Input::OwnProgram => form = form.text("own program"),
                Input::Output(Some(digest)) => form = form.text("output").bytes(&digest),
                Input::Output(None) => is_open = true,
                Input::Content(uses) => {
                    form = form.text("content");
                    let contents = uses.iter().map(|of| self.known.contents.get(&of.key()));
                    match contents.collect::<Option<Vec<_>>>() {
                        Some(all) => {
                            form = form.bytes(&(all.len() as u64).to_be_bytes());
                            form = all.into_iter().fold(form, |form, it| form.text(it));
                        }
                        None => is_open = true,
                    }
                    self.ask(uses);
                }
            }
        }
        if is_open { Made::Open } else { Made::Of(form.end()) }
    }

    fn input(&self, edge: &Edge, uses: Vec<Use>) -> Result<Input, Unportable> {
        let stands_for_another = self.known.stand_ins.contains_key(&edge.to_string());
        match !stands_for_another && matches!(self.made(&edge.vertex), Made::Content) {
            true => Ok(Input::Content(uses)),
            false => self.digest(edge).map(Input::Output),
        }
    }

    fn ask(&mut self, uses: impl IntoIterator<Item = Use>) {
        for of in uses {
            let key = of.key();
            if !self.known.contents.contains_key(&key) && self.asked.insert(key) {
                self.open.push(of);
            }
        }
    }
}

/// The digest of an output and of texts that go with it.
pub fn portable_with(digest: &PortableDigest, texts: &[&str]) -> PortableDigest {
    texts.iter().fold(Form::new("with").bytes(digest), |form, text| form.text(text)).end()
}

fn of_output(vertex: PortableDigest, index: u32) -> PortableDigest {
    Form::new("output").bytes(&vertex).bytes(&index.to_be_bytes()).end()
}

/// A form that is being written: parts of which each says how long it is, so that no two lists of parts are one.
struct Form(Sha256);

impl Form {
    fn new(kind: &str) -> Self {
        Self(Sha256::new()).text(FORM).text(kind)
    }

    fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }

    fn end(self) -> PortableDigest {
        self.0.finalize().into()
    }
}

impl fmt::Display for Unportable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unpinned(identifier) => write!(f, "`{identifier}` has no digest"),
            Self::IgnoresCache => f.write_str("a step of it runs in any case"),
            Self::UnknownOp => f.write_str("a step of it is of a kind that is not known here"),
        }
    }
}

#[cfg(test)]
mod tests;
