//! The model card: written from the run that made the weights, never by hand.

use std::fmt::Write;

use super::fit::{Data, Plan, Trained};
use super::site::Target;
use crate::encode::ENCODER_VERSION;
use crate::side::{CHOICES, VOCABULARY_VERSION};

/// One seed's run.
pub struct Run {
    /// The seed.
    pub seed: u64,
    /// What it came to.
    pub trained: Trained,
}

/// The card of the weights of `kept` in Markdown.
pub fn card(
    data: &Data,
    plan: Plan,
    target: Target,
    runs: &[Run],
    kept: &Run,
    bytes: usize,
) -> Result<String, std::fmt::Error> {
    let name = plan.graph.name();
    let mut text = String::new();
    writeln!(text, "# Model card: {name}.onnx\n")?;
    writeln!(
        text,
        "Written by `train` from its own run; `{name}.log` is the log of that run, `choices.md` what the models are worth.\n"
    )?;
    writeln!(
        text,
        "The generator of PromSec's gGAN for the graph `{name}`: it scores (node, edit) pairs; Verify decides what is released. Two\nGraphConv layers, four edge relations, an edit head over {} kinds of edit and \"keep\". {bytes} bytes, opset 18. Vocabulary\n{VOCABULARY_VERSION}, encoder {ENCODER_VERSION} (`{name}.json`). Every edit of the catalogue has one of these kinds in every language; a kind that\ntraining never saw keeps the score that edits have on the whole.\n",
        CHOICES - 1
    )?;
    writeln!(text, "## Data\n\n{}\n", data.summary)?;
    writeln!(
        text,
        "Programs are parsed and analysed, never run. A family is a set of near duplicates and of versions of one program; a program's\nweight is one over the size of its family. The choices below are part of the training:\n"
    )?;
    text += &super::choices::count(data.sites.iter(), &data.left);
    writeln!(text, "\n## Target and loss\n")?;
    writeln!(
        text,
        "Q = α·Δk/3 + α₂·Δk_Bandit/3 + δ·share of the way to the human fix − γ·(refused by Verify, mended what the author left, lost\ncalls or statements, wrong edit of a known choice; the right one counts the other way), L = contrastive over Q + β·S + λ·L_adv.\n"
    )?;
    writeln!(
        text,
        "| α | α₂ | β | δ | γ refused | γ left by the author | γ lost | γ wrong choice | λ offered | epochs at most |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|---|---|---|---|")?;
    writeln!(
        text,
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        target.findings,
        target.bandit,
        target.similarity,
        target.human,
        target.refused,
        target.false_alarm,
        target.lost_action,
        target.wrong_choice,
        plan.adversarial,
        plan.epochs
    )?;
    writeln!(text, "\n## Runs\n")?;
    writeln!(
        text,
        "| seed | validation value | \"keep\" wins | commonest edit | mean cosine | deleted sink loses | discriminator AUC | λ used | alarms |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|---|---|---|")?;
    for run in runs {
        let (trained, health) = (&run.trained, &run.trained.health);
        let commonest =
            health.commonest.map_or(String::new(), |(kind, share)| format!("{} {:.0} %", kind.name(), 100.0 * share));
        let alarms = health.alarms();
        writeln!(
            text,
            "| {}{} | {:.3} | {:.1} % | {commonest} | {:.3} | {:.1} % | {:.3} ({}) | {} | {} |",
            run.seed,
            if run.seed == kept.seed { " (kept)" } else { "" },
            trained.value,
            100.0 * health.keep,
            health.cosine,
            100.0 * trained.deletion_loses,
            trained.auc.0,
            trained.auc.1,
            trained.adversarial,
            if alarms.is_empty() { "none".to_owned() } else { alarms.join("; ") }
        )?;
    }
    writeln!(
        text,
        "\nAn alarm fails its seed; of the others the best validation is kept. The discriminator is tested on pairs of a source that it was\nnot trained on; at an AUC of 0.6 or less λ is 0.\n"
    )?;
    writeln!(text, "## What is weak\n")?;
    writeln!(
        text,
        "- Trained on Python and a few JavaScript templates; other languages share vocabulary and encoder and are scored untested.\n- Labels of pairs come from differences of lines; those of templates are ours.\n- In use \"keep\" only orders: a verified edit that lowers eq. 1 is applied even where the model prefers to keep."
    )?;
    Ok(text)
}
