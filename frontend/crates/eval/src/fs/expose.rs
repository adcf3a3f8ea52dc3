use std::sync::Arc;

use hlb_program::builtin::{Flow, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;

use super::port::{Ports, check_port, invalid_port};
use crate::image_config::Present;
use crate::limit::{Charged, Exceeded};
use crate::{Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] = &[&EXPOSE];

static EXPOSE: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "expose",
        const {
            &[Param::variadic(
                "port",
                Kind::String,
                "a port such as `8080`, `53/udp` or `8000-8010`; without a protocol it is TCP",
            )
            .about(Meaning::Port)
            .checked_by(check_port)]
        },
        "Says in the configuration of the image on which ports its containers listen. It \
         publishes none.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(lower),
)
.known_as("EXPOSE");

/// How much a port of a range counts for, in bytes.
const PORT_BYTES: u64 = 64;

fn lower(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut fs = Arc::unwrap_or_clone(fs);
    let mut shown = Vec::new();
    for (text, span) in call.spanned_strings() {
        let ports = Ports::parse(text).map_err(|problem| invalid_port(text, problem, span))?;
        let bytes = PORT_BYTES * ports.count();
        if let Err(Exceeded(error)) = cx.output.budget.charge(bytes, Charged::Call, span) {
            return error.map_or(Ok(fs), Err);
        }
        for port in ports.iter() {
            fs.image.config_mut().exposed_ports.insert_mut(port, Present {});
        }
        shown.push(ports.to_string());
    }
    fs.image.history.empty_layer(format!("EXPOSE [{}]", shown.join(" ")));
    Ok(fs)
}
