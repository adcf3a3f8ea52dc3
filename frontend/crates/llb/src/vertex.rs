use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem;
use std::sync::Arc;

use gateway_proto::caps::{self, Cap};
use gateway_proto::pb;
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use super::metadata::{Location, Metadata};
use super::step_name::StepName;

/// A filesystem: nothing at all, or an output of a vertex.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// The empty filesystem, which needs no op.
    #[default]
    Scratch,
    Edge(Edge),
}

/// One output of a vertex. Two are equal if the digest and the index are.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Edge {
    pub vertex: Vertex,
    /// Which output; 0 but for an exec with several.
    pub index: u32,
}

/// An op as it is sent, with its digest, its inputs and its metadata.
///
/// The bytes are made once and never again. The daemon decodes an op, encodes it as Go does and looks for source locations
/// under the digest of *that*, so ours must be the same bytes (BuildKit 0.18 and later, `solver/llbsolver/vertex.go`,
/// `recomputeDigests`): fields ascending, but those of a `oneof` after all others; maps ascending by key; and no map entry
/// with an empty key or value, which prost would leave out.
///
/// Cheap to clone. Two vertices are equal if their digests are, whatever their metadata.
#[derive(Clone)]
pub struct Vertex(Arc<Node>);

struct Node {
    bytes: Vec<u8>,
    digest: String,
    inputs: Box<[Edge]>,
    /// See [`Inputs::twins`].
    twins: Box<[Edge]>,
    /// Not part of the digest. One for all vertices of a chain that have the same.
    metadata: Arc<pb::OpMetadata>,
    origin: Origin,
    layers: u32,
}

/// Where a vertex comes from, and what it is called.
#[derive(Clone, Default)]
pub(super) struct Origin {
    pub locations: Vec<Location>,
    pub calls: Arc<[Location]>,
    pub step: Option<StepName>,
}

impl Vertex {
    /// Makes a vertex of an op whose `inputs` are still to be filled in.
    pub(super) fn new(
        op: pb::Op,
        inputs: Inputs,
        capabilities: &[Cap],
        mut metadata: Metadata,
    ) -> Self {
        let edges = inputs.edges.iter().map(Edge::to_input).collect();
        let bytes = encode(pb::Op { inputs: edges, ..op });
        let before = inputs.edges.first().map(|edge| &edge.vertex.0.metadata);
        let origin = Origin {
            locations: metadata.location.take().into_iter().collect(),
            calls: mem::take(&mut metadata.calls),
            step: metadata.step.take(),
        };
        let metadata = match before.filter(|before| metadata.gives(capabilities, before)) {
            Some(before) => before.clone(),
            None => Arc::new(metadata.into_op_metadata(capabilities)),
        };
        Self::with_metadata(bytes, inputs, metadata, origin)
    }

    /// Makes a vertex of an op's bytes; `inputs` must be those that the bytes name.
    pub(super) fn of_bytes(
        bytes: Vec<u8>,
        inputs: Inputs,
        mut metadata: pb::OpMetadata,
        origin: Origin,
    ) -> Self {
        if metadata.caps.is_empty() {
            // Who splices our definition into theirs refuses an op that has no capability (`client/llb/definition.go`).
            metadata.caps.insert(caps::CONSTRAINTS.id.to_owned(), true);
        }
        Self::with_metadata(bytes, inputs, Arc::new(metadata), origin)
    }

    fn with_metadata(
        bytes: Vec<u8>,
        inputs: Inputs,
        metadata: Arc<pb::OpMetadata>,
        origin: Origin,
    ) -> Self {
        let digest = digest(&bytes);
        let Inputs { edges, twins } = inputs;
        let (inputs, twins) = (edges.into_boxed_slice(), twins.into_boxed_slice());
        let layers = layers(&inputs, metadata.caps.contains_key(caps::MERGEOP.id));
        Self(Arc::new(Node { bytes, digest, inputs, twins, metadata, origin, layers }))
    }

    /// How many layers its outputs have at most, an image counting as one.
    pub(super) fn layers(&self) -> u32 {
        self.0.layers
    }

    /// The serialized op.
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The digest of the bytes: `sha256:` and 64 hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// The outputs that the op takes, in the order in which it numbers them.
    pub fn inputs(&self) -> &[Edge] {
        &self.0.inputs
    }

    /// Others of the digests of `inputs`, whose metadata count as well.
    pub(super) fn twins(&self) -> &[Edge] {
        &self.0.twins
    }

    /// All vertices that the op takes something of: those of `inputs`, and others of their digests.
    pub(super) fn below(&self) -> impl Iterator<Item = &Vertex> {
        let Node { inputs, twins, .. } = &*self.0;
        inputs.iter().chain(twins).map(|edge| &edge.vertex)
    }

    /// What the daemon learns about the op besides the op itself.
    pub fn metadata(&self) -> &pb::OpMetadata {
        &self.0.metadata
    }

    /// Whether two ops state the same capabilities, as far as that is known without looking: those of a chain mostly do.
    pub fn shares_metadata(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0.metadata, &other.0.metadata)
    }

    /// The ids of the capabilities that the op states.
    pub fn capabilities(&self) -> impl Iterator<Item = &str> {
        let mut ids: Vec<&str> = self.0.metadata.caps.keys().map(String::as_str).collect();
        ids.sort_unstable();
        ids.into_iter()
    }

    /// Where the op comes from: one location at most, unless somebody else made the op.
    pub fn locations(&self) -> &[Location] {
        &self.0.origin.locations
    }

    /// The calls that led to that location, the innermost first.
    pub fn calls(&self) -> &[Location] {
        &self.0.origin.calls
    }

    /// What the op is called in progress, unless somebody else made it.
    pub fn step(&self) -> Option<&StepName> {
        self.0.origin.step.as_ref()
    }

    /// Output `index` of this vertex.
    pub fn output(&self, index: u32) -> Edge {
        Edge { vertex: self.clone(), index }
    }

    /// Tells instances apart that have the same digest: their metadata may differ.
    pub(super) fn instance(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

/// How many layers an op's outputs have at most: a merge has those of all its inputs, and any other op adds one to those of
/// one of them.
fn layers(inputs: &[Edge], is_merge: bool) -> u32 {
    let below = inputs.iter().map(|edge| edge.vertex.0.layers);
    match is_merge {
        true => below.fold(0, u32::saturating_add),
        false => below.max().unwrap_or(0).saturating_add(1),
    }
}

/// Encodes an op in the order of Go's protobuf library: what the op does comes last.
///
/// `google.golang.org/protobuf` 1.35 and 1.36, `internal/impl/codec_message.go`. Of the messages in an op only this one has
/// fields with higher numbers than those of a `oneof`.
fn encode(mut op: pb::Op) -> Vec<u8> {
    let kind = pb::Op { op: op.op.take(), ..pb::Op::default() };
    let mut bytes = Vec::with_capacity(op.encoded_len() + kind.encoded_len());
    for part in [op, kind] {
        // Cannot fail: it does only if the buffer does not grow.
        part.encode(&mut bytes).unwrap_or_default();
    }
    bytes
}

/// The digest of some bytes as BuildKit writes it.
pub(super) fn digest(bytes: &[u8]) -> String {
    // By hand: every vertex has one, and formatting it byte by byte showed in the profile of an evaluation.
    let mut digits = [b'0'; 64];
    for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(Sha256::digest(bytes)) {
        let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' - 10 + value };
        *pair = [digit(byte >> 4), digit(byte & 0xf)];
    }
    ["sha256:", str::from_utf8(&digits).unwrap_or_default()].concat()
}

impl Edge {
    /// The same output of a source as BuildKit before 0.17 writes its op: all fields ascending.
    ///
    /// For a source that such a daemon's own frontend has just loaded, to be one vertex with it. Where only what is
    /// loaded counts, the order of [`encode`] does for every daemon.
    pub fn in_field_order(&self) -> Self {
        let Node { bytes, metadata, origin, .. } = &*self.vertex.0;
        let (Ok(op), true) = (pb::Op::decode(bytes.as_slice()), self.vertex.inputs().is_empty())
        else {
            return self.clone();
        };
        let (bytes, metadata) = (op.encode_to_vec(), metadata.clone());
        Vertex::with_metadata(bytes, Inputs::default(), metadata, origin.clone()).output(self.index)
    }

    /// The edge as another op's input.
    pub(super) fn to_input(&self) -> pb::Input {
        pb::Input { digest: self.vertex.digest().to_owned(), index: self.index.into() }
    }
}

impl State {
    /// The output, if it is not scratch.
    pub fn edge(&self) -> Option<&Edge> {
        match self {
            Self::Scratch => None,
            Self::Edge(edge) => Some(edge),
        }
    }
}

/// How far down vertices without a location get one: the source of a build context, what is unpacked and a part of it.
const MAX_LOCATED: usize = 4;

impl State {
    /// The same, at the location of this metadata if the vertex has none, and so for those without one below it.
    ///
    /// Debuggers stop at locations, and fail for a definition without any (buildx 0.29, `dap/thread.go`).
    pub fn located(self, metadata: &Metadata) -> Self {
        match (self, &metadata.location) {
            (Self::Edge(edge), Some(location)) => {
                edge.located(location, &metadata.calls, MAX_LOCATED).into()
            }
            (state, _) => state,
        }
    }

    /// The same, where another filesystem comes from.
    pub fn located_as(self, other: &Self) -> Self {
        let Some(edge) = other.edge() else { return self };
        let Origin { locations, calls, .. } = &edge.vertex.0.origin;
        let location = locations.first().cloned();
        self.located(&Metadata { location, calls: calls.clone(), ..Metadata::default() })
    }
}

impl Edge {
    fn located(self, location: &Location, calls: &Arc<[Location]>, depth: usize) -> Self {
        let Node { bytes, inputs, twins, metadata, origin, .. } = &*self.vertex.0;
        if depth == 0 || !origin.locations.is_empty() {
            return self;
        }
        let inputs = inputs.iter().map(|input| input.clone().located(location, calls, depth - 1));
        let inputs = Inputs::from(inputs.collect::<Vec<_>>()).with_twins(twins.to_vec());
        let (locations, calls) = (vec![location.clone()], calls.clone());
        let origin = Origin { locations, calls, step: origin.step.clone() };
        Vertex::with_metadata(bytes.clone(), inputs, metadata.clone(), origin).output(self.index)
    }
}

impl From<Edge> for State {
    fn from(edge: Edge) -> Self {
        Self::Edge(edge)
    }
}

impl PartialEq for Vertex {
    fn eq(&self, other: &Self) -> bool {
        self.instance() == other.instance() || self.digest() == other.digest()
    }
}

impl Eq for Vertex {}

impl Hash for Vertex {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest().hash(state);
    }
}

/// The digest alone: a graph may be deep.
impl fmt::Debug for Vertex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digest())
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The digest and the index, by which equal edges are known.
impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.vertex.digest(), self.index)
    }
}

/// Takes a chain apart link by link: the derived way nests a call for each, and a chain may be longer than the stack.
impl Drop for Node {
    fn drop(&mut self) {
        let mut pending = Vec::new();
        let take = |node: &mut Self, pending: &mut Vec<Edge>| {
            pending.extend(mem::take(&mut node.inputs));
            pending.extend(mem::take(&mut node.twins));
        };
        take(self, &mut pending);
        while let Some(edge) = pending.pop() {
            if let Some(mut node) = Arc::into_inner(edge.vertex.0) {
                take(&mut node, &mut pending);
            }
        }
    }
}

/// The inputs of an op, numbered by their first use.
#[derive(Default)]
pub(super) struct Inputs {
    edges: Vec<Edge>,
    /// Edges that equal one of `edges` but are of another instance, whose metadata count as well.
    twins: Vec<Edge>,
}

/// The index of no input: the empty filesystem (`solver/pb/const.go`, `Empty`).
pub(super) const EMPTY: i64 = -1;

/// The index of no output (`solver/pb/const.go`, `SkipOutput`).
pub(super) const SKIP_OUTPUT: i64 = -1;

impl Inputs {
    /// The index of a state; equal ones share it.
    pub fn index(&mut self, state: &State) -> i64 {
        let Some(edge) = state.edge() else { return EMPTY };
        // Few ops have more than one or two inputs: a table would cost each vertex more than it saves the widest one.
        let known = self.edges.iter().position(|known| known == edge);
        let index = known.unwrap_or(self.edges.len());
        match self.edges.get(index) {
            None => self.edges.push(edge.clone()),
            Some(known) if known.vertex.instance() != edge.vertex.instance() => {
                self.twins.push(edge.clone());
            }
            Some(_) => {}
        }
        index as i64
    }

    pub fn len(&self) -> usize {
        self.edges.len()
    }
}

/// Inputs that are numbered already.
impl From<Vec<Edge>> for Inputs {
    fn from(edges: Vec<Edge>) -> Self {
        Self { edges, ..Self::default() }
    }
}

impl Inputs {
    /// The same, with others of their digests.
    pub fn with_twins(self, twins: Vec<Edge>) -> Self {
        Self { twins, ..self }
    }
}
