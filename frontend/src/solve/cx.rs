use crate::eval::Settings;
use crate::gateway::{Bridge, BuildFile, Options, Origin};

/// One build: who is asked, and for what.
pub struct Cx<'b> {
    pub bridge: &'b dyn Bridge,
    pub options: &'b Options,
    /// What of the options evaluation knows, with the platform that is built for.
    pub settings: Settings,
    pub origin: Origin,
    pub file: BuildFile,
}
