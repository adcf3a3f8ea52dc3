use std::sync::Arc;

use hlb_syntax::diagnostic::Diagnostic;
use llb::{ImageRef, Metadata, State};

use super::{Contents, Shape};
use crate::limit::{Charged, Exceeded};
use crate::own_program::no_own_program;
use crate::{Absence, Answer, Call, Cx};

/// A file that is written of everything in a filesystem.
#[derive(Clone, Debug)]
pub struct Archive {
    pub of: State,
    /// Where the file is, in the filesystem that has it alone.
    pub path: Arc<str>,
    /// What it is an image of; otherwise it is a plain tar file.
    pub image: Option<ArchivedImage>,
    /// Of the step that writes it.
    pub metadata: Metadata,
    /// Of the vertex that has the configuration of the image.
    pub config_metadata: Metadata,
}

/// An image of one layer, in a file.
#[derive(Clone, Debug)]
pub struct ArchivedImage {
    /// The configuration as JSON, without the layer.
    pub config: Vec<u8>,
    /// What it is called, with a tag, if an engine is to load it.
    pub name: Option<ImageRef>,
}

impl Cx<'_> {
    /// Has the result of the build hold a file that is written of a filesystem, at the path that an argument of a call
    /// names.
    ///
    /// # Errors
    /// See [`Cx::export`]; also if this program can't be run in a step.
    pub fn export_archive(
        &mut self,
        call: &Call,
        param: &str,
        of: &State,
        image: Option<ArchivedImage>,
    ) -> Result<(), Diagnostic> {
        let path = self.export_path(call, param, Shape::File)?;
        self.export_archive_at(call, path, of, image)
    }

    /// The same, at a path of the result.
    pub fn export_archive_at(
        &mut self,
        call: &Call,
        path: Arc<str>,
        of: &State,
        image: Option<ArchivedImage>,
    ) -> Result<(), Diagnostic> {
        let bytes = image.as_ref().map_or(0, |image| image.config.len() as u64);
        if let Err(Exceeded(error)) = self.output.budget.charge(bytes, Charged::Op, call.span) {
            return error.map_or(Ok(()), Err);
        }
        let name = image.as_ref().and_then(|image| image.name.as_ref());
        let name = name.map(|name| name.to_string().into());
        let archive = Archive {
            of: of.clone(),
            metadata: self.internal_metadata(call.span, &format!("write {path}")),
            config_metadata: self.internal_metadata(call.span, &format!("config of {path}")),
            path: path.clone(),
            image,
        };
        match self.archive(&archive) {
            Answer::Ready(written) => {
                self.put(call, path, Contents::Archive { of: archive.of, written, name })
            }
            Answer::Pending => Ok(()),
            Answer::Failed(problem) | Answer::Absent(Absence { problem, .. }) => {
                let name = call.builtin.signature.name;
                Err(no_own_program(
                    call.name_span,
                    &format!("`{name}` can't write a file"),
                    &problem,
                ))
            }
        }
    }
}
