use std::collections::HashMap;
use std::sync::Arc;

use llb::{Edge, Vertex};

/// Which vertices only one of several platforms uses, for names and errors that say which.
///
/// Empty if there is one platform: then nobody needs to be told.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    of: HashMap<Vertex, Owner>,
}

#[derive(Clone, Debug)]
enum Owner {
    One(Arc<str>),
    Several,
}

impl Owners {
    /// Looks at all that leads to the outputs of each platform.
    pub fn of<'e>(
        platforms: impl IntoIterator<Item = (Arc<str>, impl IntoIterator<Item = &'e Edge>)>,
    ) -> Self {
        let mut owners = Self::default();
        for (platform, outputs) in platforms {
            for output in outputs {
                owners.add(&platform, &output.vertex);
            }
        }
        owners
    }

    /// The platform that uses a vertex, if no other does.
    pub fn platform(&self, vertex: &Vertex) -> Option<&str> {
        match self.of.get(vertex) {
            Some(Owner::One(platform)) => Some(platform),
            Some(Owner::Several) | None => None,
        }
    }

    /// Adds what leads to a vertex. What a platform uses, with all below it, is looked at no more than twice: by the
    /// first platform, and by the first other one.
    fn add(&mut self, platform: &Arc<str>, output: &Vertex) {
        let mut open = vec![output];
        while let Some(vertex) = open.pop() {
            let owner = match self.of.get(vertex) {
                None => Owner::One(platform.clone()),
                Some(Owner::One(other)) if other != platform => Owner::Several,
                Some(_) => continue,
            };
            self.of.insert(vertex.clone(), owner);
            open.extend(vertex.inputs().iter().map(|input| &input.vertex));
        }
    }
}
