//! What an honest gGAN must pass: gradients by finite differences, the soft graph against the realised program.

use analyzers::graph::GraphKind;
use analyzers::lang::Language;
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};

use super::corpus::{Role, Sample};
use super::discriminator::embed;
use super::loss::{self, Setting, Table, from_gates, from_probabilities, united};
use super::network::{Batch, Network, Parameters, host, matrix};
use super::random::Random;
use super::similarity::Scale;
use super::site::{Known, Read, Site, Target};
use crate::side::CHOICES;

const SHELL: &str = "import os\nimport sys\n\ndef show(host):\n    os.system(\"ping -c 1 \" + host)\n    print(host)\n";
const SEVERAL: &str = "import hashlib\nimport requests\nimport yaml\n\ndef load(text, address):\n    data = yaml.load(text)\n    page = requests.get(address, verify=False)\n    return data, page, hashlib.md5(text.encode()).hexdigest()\n";
const QUERY: &str = "import sqlite3\n\ndef find(name):\n    base = sqlite3.connect(\"a.db\")\n    cursor = base.cursor()\n    cursor.execute(\"SELECT id FROM users WHERE name = '%s'\" % name)\n    return cursor.fetchall()\n";

fn site(code: &str, family: usize) -> Site {
    let sample = Sample {
        id: family.to_string(),
        source: "tests".into(),
        role: Role::Generated,
        cwe: Vec::new(),
        pair: None,
        language: Language::Python,
        code: code.into(),
    };
    match Site::of(&sample, family, 1.0, Known::default(), GraphKind::Cfg, Target::default()) {
        Read::Site(site) => *site,
        Read::Plain(_) | Read::Left(_) => unreachable!("the example has candidate edits"),
    }
}

fn sites() -> Vec<Site> {
    [SHELL, SEVERAL, QUERY].iter().enumerate().map(|(at, code)| site(code, at)).collect()
}

const SCALE: Scale = Scale { mean: 0.3, deviation: 0.2 };

#[test]
fn with_hard_gates_the_soft_graph_is_the_realised_program() {
    let device = Device::flex();
    let network = Network::of(&Parameters::random(1, &mut Random::new(5)), false, &device);
    for (number, site) in sites().iter().enumerate() {
        let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
        sets.extend((0..site.edits.len()).map(|at| vec![at]));
        sets.push(site.groups.iter().map(|group| group[0]).collect());
        for set in sets {
            let gates: Vec<f32> = (0..site.edits.len()).map(|at| f32::from(u8::from(set.contains(&at)))).collect();
            let gates = matrix(gates, [site.edits.len(), 1], &device);
            let soft =
                host(united(&[site], std::slice::from_ref(&set), &[0], &device).embed(&network, &gates, &device));
            let outcome = site.outcome(&set);
            let hard = host(embed(&network, &[&outcome.realised.graph], &device));
            let worst = soft.iter().zip(&hard).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-5, "program {number}, edits {set:?}: {worst}");
        }
    }
}

#[test]
fn different_programs_get_different_features_and_different_scores() {
    let sites = sites();
    let device = Device::flex();
    let network = Network::of(&Parameters::random(CHOICES, &mut Random::new(5)), false, &device);
    let mut seen: Vec<Vec<f32>> = Vec::new();
    for site in &sites {
        let tensors = site.base.graph.tensors();
        let rows: std::collections::HashSet<Vec<u32>> = tensors
            .features
            .chunks(crate::encode::FEATURES)
            .map(|row| row.iter().map(|value| value.to_bits()).collect())
            .collect();
        assert!(rows.len() > 5, "node features hardly vary");
        let scores = host(network.forward(&Batch::of(&tensors, &device)).scores);
        let at = site.rows[0] as usize * CHOICES;
        let own = scores[at..at + CHOICES].to_vec();
        assert!(seen.iter().all(|other| other.iter().zip(&own).any(|(one, other)| (one - other).abs() > 1e-3)));
        seen.push(own);
    }
}

/// A batch with fixed logits and the choices that they make.
struct Fixed<'s> {
    sites: Vec<&'s Site>,
    table: Table,
    logits: Vec<f32>,
    adversarial: f32,
    device: Device,
    discriminator: Network,
}

impl<'s> Fixed<'s> {
    fn of(sites: &'s [Site], adversarial: f32) -> Self {
        let sites: Vec<&Site> = sites.iter().collect();
        let (_, firsts) = loss::join(&sites);
        let table = Table::of(&sites, &firsts);
        let mut random = Random::new(21);
        // Padding keeps a logit that no softmax gives room to.
        let logits = table.mask().iter().map(|mask| mask + 0.3 * random.normal()).collect();
        let device = Device::flex().autodiff();
        let discriminator = Network::of(&Parameters::random(1, &mut Random::new(9)), false, &device);
        Self { sites, table, logits, adversarial, device, discriminator }
    }

    fn soft(&self, logits: &[f32], learns: bool) -> (Tensor<2>, Tensor<2>) {
        let logits = matrix(logits.to_vec(), self.table.shape(), &self.device);
        let logits = if learns { logits.require_grad() } else { logits };
        (logits.clone(), softmax(logits, 1))
    }

    fn setting(&self) -> Setting<'_> {
        Setting {
            temperature: 1.0,
            scale: SCALE,
            adversarial: self.adversarial,
            entropy: 0.0,
            discriminator: Some(&self.discriminator),
        }
    }

    /// The gradient of the loss on the logits, straight through.
    fn gradient(&self) -> Vec<f32> {
        let (logits, soft) = self.soft(&self.logits, true);
        let loss =
            from_probabilities(&self.table, soft, &self.sites, self.setting(), &mut Random::new(3), &self.device);
        logits.grad(&loss.value.backward()).map(host).unwrap_or_default()
    }

    /// The gradient of the expected fall of the finding count alone.
    fn gradient_of_findings(&self) -> Vec<f32> {
        let mut gains = vec![0.0; self.table.cells()];
        for (site, places) in self.sites.iter().zip(self.table.places(&self.sites)) {
            for (single, place) in site.singles.iter().zip(places) {
                gains[place] = site.base.k - single.realised.k;
            }
        }
        let (logits, soft) = self.soft(&self.logits, true);
        let value = (soft * matrix(gains, self.table.shape(), &self.device)).sum().neg();
        logits.grad(&value.backward()).map(host).unwrap_or_default()
    }

    /// The loss with the gates at `hard + soft(logits) − soft(fixed logits)`, around the same choices.
    fn loss_at(&self, logits: &[f32]) -> f32 {
        let (_, fixed) = self.soft(&self.logits, false);
        let (_, moved) = self.soft(logits, false);
        let hard = self.table.hard(&host(fixed.clone()));
        let sets = self.table.sets(&self.sites, &hard);
        let gates = moved - fixed + matrix(hard, self.table.shape(), &self.device);
        let random = &mut Random::new(3);
        host(from_gates(&self.table, gates, &sets, &self.sites, self.setting(), random, &self.device))[0]
    }
}

#[test]
fn the_gradient_is_real_and_is_not_that_of_the_finding_count() {
    let sites = sites();
    for adversarial in [0.0, 0.5] {
        let fixed = Fixed::of(&sites, adversarial);
        let own = fixed.gradient();
        assert!(own.iter().any(|value| value.abs() > 1e-3), "the gradient vanishes");
        let counted = fixed.gradient_of_findings();
        let length = |of: &[f32]| of.iter().map(|value| value * value).sum::<f32>().sqrt();
        let product: f32 = own.iter().zip(&counted).map(|(one, other)| one * other).sum();
        let cosine = product / (length(&own) * length(&counted));
        assert!(cosine < 0.999, "the gradient is that of the finding count: cosine {cosine}");
        for at in (0..fixed.logits.len()).filter(|&at| fixed.logits[at] > -10.0) {
            let moved = |by: f32| {
                let mut logits = fixed.logits.clone();
                logits[at] += by;
                fixed.loss_at(&logits)
            };
            let expected = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!(
                (own[at] - expected).abs() < 5e-3 + 2e-2 * expected.abs(),
                "choice {at}: {} against {expected}",
                own[at]
            );
        }
    }
}

#[test]
fn the_gradient_reaches_every_parameter_of_the_generator() {
    let sites = sites();
    let sites: Vec<&Site> = sites.iter().collect();
    let device = Device::flex().autodiff();
    let network = Network::of(&Parameters::random(CHOICES, &mut Random::new(5)), true, &device);
    let setting = Setting { temperature: 1.0, scale: SCALE, adversarial: 0.0, entropy: 0.1, discriminator: None };
    let loss = loss::generator(&network, &sites, setting, &mut Random::new(2), &device);
    let gradients = loss.value.backward();
    for (at, matrix) in network.matrices.iter().enumerate() {
        let gradient = matrix.grad(&gradients).map(host).unwrap_or_default();
        assert!(gradient.iter().any(|value| *value != 0.0), "matrix {at} learns nothing");
    }
}
