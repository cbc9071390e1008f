//! Trainer of the gGAN.

fn main() -> anyhow::Result<()> {
    let mut random = models::train::random::Random::new(1);
    let parameters = models::train::network::Parameters::random(models::side::CHOICES, &mut random);
    let model = models::train::onnx::export(&parameters);
    let side = models::side::Side::of(analyzers::graph::GraphKind::Cfg, &model);
    std::fs::write("models/weights/cfg.onnx", &model)?;
    std::fs::write("models/weights/cfg.json", serde_json::to_string_pretty(&side)? + "\n")?;
    Ok(())
}
