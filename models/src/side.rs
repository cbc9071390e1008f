//! The side file of a model: what it was trained for, checked before it runs; never trusts the model file alone.

use std::path::Path;

use analyzers::edit::EditKind;
use analyzers::graph::GraphKind;
use serde::{Deserialize, Serialize};

use crate::encode::{ENCODER_VERSION, FEATURES, RELATIONS};
use crate::rewriter::ModelError;

/// Raised whenever [`EditKind::ALL`] changes.
pub const VOCABULARY_VERSION: u32 = 1;

/// Columns of the edit head: every kind of edit, then "keep".
pub const CHOICES: usize = EditKind::ALL.len() + 1;

/// The column of "keep".
pub const KEEP: usize = CHOICES - 1;

/// Largest model file that is read.
const MOST_BYTES: u64 = 64 << 20;

const AST: (&[u8], &str) = (include_bytes!("../weights/ast.onnx"), include_str!("../weights/ast.json"));
const CFG: (&[u8], &str) = (include_bytes!("../weights/cfg.onnx"), include_str!("../weights/cfg.json"));
const DFG: (&[u8], &str) = (include_bytes!("../weights/dfg.onnx"), include_str!("../weights/dfg.json"));

/// What stands beside a model file, under the same name with the extension `json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// The graph it reads: `cfg`, `ast` or `dfg`.
    pub graph: String,
    /// [`VOCABULARY_VERSION`] when it was trained.
    pub vocabulary: u32,
    /// [`ENCODER_VERSION`] when it was trained.
    pub encoder: u32,
    /// Width of a feature row.
    pub features: usize,
    /// Number of edge relations.
    pub relations: usize,
    /// Columns of the edit head.
    pub choices: usize,
    /// SHA-256 of the model file, lower-case hexadecimal.
    pub sha256: String,
}

impl Side {
    /// The side file of a model that this build trained.
    pub fn of(graph: GraphKind, model: &[u8]) -> Self {
        Self {
            graph: graph.name().into(),
            vocabulary: VOCABULARY_VERSION,
            encoder: ENCODER_VERSION,
            features: FEATURES,
            relations: RELATIONS,
            choices: CHOICES,
            sha256: digest(model),
        }
    }

    fn check(&self, graph: GraphKind, model: &[u8]) -> Result<(), ModelError> {
        let expected = Self::of(graph, model);
        let differs = [
            (self.graph != expected.graph, "another kind of graph"),
            (self.vocabulary != expected.vocabulary, "another vocabulary of edits"),
            (self.encoder != expected.encoder, "another encoder"),
            (self.features != expected.features, "another number of features"),
            (self.relations != expected.relations, "another number of relations"),
            (self.choices != expected.choices, "another number of choices"),
            (self.sha256 != expected.sha256, "other bytes (its SHA-256 differs)"),
        ];
        match differs.into_iter().find(|&(differs, _)| differs) {
            None => Ok(()),
            Some((_, what)) => Err(ModelError::Model(format!(
                "its side file is for {what}; train again or use the weights that came with this version"
            ))),
        }
    }
}

/// The model for `graph`: the file at `path` with its side file, else the built-in weights.
pub fn load(graph: GraphKind, path: Option<&Path>) -> Result<Vec<u8>, ModelError> {
    let (model, side) = if let Some(path) = path {
        (read(path)?, String::from_utf8_lossy(&read(&path.with_extension("json"))?).into_owned())
    } else {
        let (model, side) = built_in(graph);
        (model.to_vec(), side.to_owned())
    };
    let side: Side = serde_json::from_str(&side)
        .map_err(|error| ModelError::Model(format!("its side file is malformed: {error}")))?;
    side.check(graph, &model)?;
    Ok(model)
}

/// The model and the side file that came with this version.
fn built_in(graph: GraphKind) -> (&'static [u8], &'static str) {
    match graph {
        GraphKind::Ast => AST,
        GraphKind::Cfg => CFG,
        GraphKind::Dfg => DFG,
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    let unreadable = |error: std::io::Error| ModelError::Model(format!("{} cannot be read: {error}", path.display()));
    if std::fs::metadata(path).map_err(unreadable)?.len() > MOST_BYTES {
        return Err(ModelError::Model(format!("{} is larger than any model", path.display())));
    }
    std::fs::read(path).map_err(unreadable)
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{Side, load};
    use analyzers::graph::GraphKind;

    #[test]
    fn the_built_in_weights_fit_this_build() {
        for graph in [GraphKind::Ast, GraphKind::Cfg, GraphKind::Dfg] {
            assert!(load(graph, None).is_ok(), "{}", graph.name());
        }
    }

    fn check(change: impl Fn(&mut Side), expected: &str) {
        let model = b"model";
        let mut side = Side::of(GraphKind::Cfg, model);
        change(&mut side);
        let error = side.check(GraphKind::Cfg, model).expect_err("a side file that does not fit is refused");
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn a_side_file_that_does_not_fit_is_refused() {
        check(|side| side.graph = "ast".into(), "kind of graph");
        check(|side| side.vocabulary += 1, "vocabulary");
        check(|side| side.encoder += 1, "encoder");
        check(|side| side.features += 1, "features");
        check(|side| side.sha256 = String::new(), "SHA-256");
    }
}
