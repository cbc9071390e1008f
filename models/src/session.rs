//! Sessions of the model on `ort`: one per worker, one thread each; never runs on tensors that were not validated.

use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;

use crate::encode::{FEATURES, RELATIONS, Tensors};
use crate::rewriter::{Backend, ModelError};
use crate::side::CHOICES;

#[expect(clippy::cast_possible_wrap, reason = "there are a handful of relations")]
const RELATION_COUNT: i64 = RELATIONS as i64;
/// Sessions that are kept for the next caller; more workers at once open their own and drop them again.
const MOST_IDLE: usize = 8;

/// What the generator says of every node: `[N, CHOICES]`, the edit kinds in order, then "keep".
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    values: Vec<f32>,
}

impl Scores {
    /// Scores from a row-major matrix with [`CHOICES`] columns.
    pub fn new(values: Vec<f32>) -> Self {
        Self { values }
    }

    /// The score of one choice at one row, if there is such a row.
    pub fn get(&self, row: u32, choice: usize) -> Option<f32> {
        if choice >= CHOICES {
            return None;
        }
        self.values.get(row as usize * CHOICES + choice).copied()
    }

    /// All of them, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

/// A loaded model.
pub struct Pool {
    model: Vec<u8>,
    idle: Mutex<Vec<Session>>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pool").field("model_bytes", &self.model.len()).finish_non_exhaustive()
    }
}

impl Pool {
    /// Opens the backend (once per process) and the first session.
    pub fn open(model: Vec<u8>, backend: &Backend) -> Result<Self, ModelError> {
        choose(backend)?;
        let first = session(&model)?;
        Ok(Self { model, idle: Mutex::new(vec![first]) })
    }

    /// Runs the generator. Tensors that could harm the backend are refused before it sees them.
    pub fn run(&self, tensors: &Tensors) -> Result<Scores, ModelError> {
        tensors.validate().map_err(|refusal| ModelError::Input(refusal.to_string()))?;
        let mut session = match self.idle().pop() {
            Some(session) => session,
            None => session(&self.model)?,
        };
        let scores = infer(&mut session, tensors);
        let mut idle = self.idle();
        if scores.is_ok() && idle.len() < MOST_IDLE {
            idle.push(session);
        }
        scores
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Chooses the backend of this process. The first choice stays: `ort` has one interface per process.
fn choose(backend: &Backend) -> Result<(), ModelError> {
    static CHOSEN: OnceLock<Result<Backend, String>> = OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| {
        match backend {
            Backend::Tract => {
                ort::set_api(ort_tract::api());
            }
            Backend::OnnxRuntime(path) => load(path)?,
        }
        Ok(backend.clone())
    });
    match chosen {
        Err(reason) => Err(ModelError::Backend(reason.clone())),
        Ok(chosen) if chosen == backend => Ok(()),
        Ok(_) => Err(ModelError::Backend("this process already runs another backend; restart to change it".into())),
    }
}

fn load(path: &Path) -> Result<(), String> {
    let advice = "give the path of libonnxruntime 1.17 or later, or use the built-in backend";
    if !path.is_file() {
        return Err(format!("no library at the configured path: {advice}"));
    }
    ort::init_from(path).map_err(|error| format!("{error}: {advice}"))?.commit();
    Ok(())
}

fn session(model: &[u8]) -> Result<Session, ModelError> {
    let open = || -> Result<Session, Box<dyn std::error::Error>> {
        Ok(Session::builder()?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(1)?
            .commit_from_memory(model)?)
    };
    open().map_err(|error| ModelError::Backend(error.to_string()))
}

fn infer(session: &mut Session, tensors: &Tensors) -> Result<Scores, ModelError> {
    let nodes = tensors.nodes();
    let edges = tensors.links.len();
    let gather: Vec<i64> =
        tensors.links.iter().map(|link| i64::from(link.from) * RELATION_COUNT + i64::from(link.relation)).collect();
    let scatter: Vec<i64> = tensors.links.iter().map(|link| i64::from(link.to)).collect();
    let mut run = || -> Result<Vec<f32>, ort::Error> {
        let outputs = session.run(ort::inputs![
            "features" => TensorRef::from_array_view(([nodes, FEATURES], tensors.features.as_slice()))?,
            "gather" => TensorRef::from_array_view(([edges], gather.as_slice()))?,
            "scatter" => TensorRef::from_array_view(([edges, 1], scatter.as_slice()))?,
        ])?;
        let (_, values) = outputs["scores"].try_extract_tensor::<f32>()?;
        Ok(values.to_vec())
    };
    let values = run().map_err(|error| ModelError::Backend(error.to_string()))?;
    if values.len() != nodes * CHOICES || !values.iter().all(|value| value.is_finite()) {
        return Err(ModelError::Model("it answers with a wrong shape or with values that are not finite".into()));
    }
    Ok(Scores::new(values))
}
