//! The generator as an ONNX model (IR 9, opset 18), by messages derived here; never reads ONNX.
//!
//! Biases are `[1, O]` and messages are added by `ScatterND(reduction = add)` onto the root term, the forms that every
//! supported backend runs fast and right.

use prost::Message;

use super::network::{HIDDEN, Matrix, Parameters};
use crate::encode::{FEATURES, HOPS};

const IR_VERSION: i64 = 9;
const OPSET: i64 = 18;
const FLOAT: i32 = 1;
const INT64: i32 = 7;
const ATTRIBUTE_INT: i32 = 2;
const ATTRIBUTE_STRING: i32 = 3;

#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(string, tag = "2")]
    producer_name: String,
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<Opset>,
}

#[derive(Clone, PartialEq, Message)]
struct Opset {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    node: Vec<Node>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<Constant>,
    #[prost(message, repeated, tag = "11")]
    input: Vec<Value>,
    #[prost(message, repeated, tag = "12")]
    output: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(string, tag = "4")]
    op_type: String,
    #[prost(message, repeated, tag = "5")]
    attribute: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int64, tag = "3")]
    i: i64,
    #[prost(bytes = "vec", tag = "4")]
    s: Vec<u8>,
    #[prost(int32, tag = "20")]
    r#type: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Constant {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(bytes = "vec", tag = "9")]
    raw_data: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    r#type: Option<Type>,
}

#[derive(Clone, PartialEq, Message)]
struct Type {
    #[prost(message, optional, tag = "1")]
    tensor_type: Option<TensorType>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorType {
    #[prost(int32, tag = "1")]
    elem_type: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(message, repeated, tag = "1")]
    dim: Vec<Dimension>,
}

#[derive(Clone, PartialEq, Message)]
struct Dimension {
    #[prost(oneof = "Extent", tags = "1, 2")]
    value: Option<Extent>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Extent {
    #[prost(int64, tag = "1")]
    Fixed(i64),
    #[prost(string, tag = "2")]
    Named(String),
}

/// The generator as the bytes of an ONNX model: inputs `features`, `gather`, `scatter`; output `scores`.
pub fn export(parameters: &Parameters) -> Vec<u8> {
    let mut nodes = Vec::new();
    let mut op = |op_type: &str, inputs: &[&str], output: &str, attribute: Vec<Attribute>| {
        nodes.push(Node {
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.to_owned()],
            name: output.to_owned(),
            op_type: op_type.to_owned(),
            attribute,
        });
    };
    op("MatMul", &["features", "input_weight"], "input_product", vec![]);
    op("Add", &["input_product", "input_bias"], "input_sum", vec![]);
    op("Relu", &["input_sum"], "rows_0", vec![]);
    for layer in 0..HOPS {
        let named = |what: &str| format!("{what}_{layer}");
        let rows = named("rows");
        op("MatMul", &[&rows, &named("neighbour_weight")], &named("sent_wide"), vec![]);
        op("Reshape", &[&named("sent_wide"), "sent_shape"], &named("sent"), vec![]);
        op("Gather", &[&named("sent"), "gather"], &named("messages"), vec![integer("axis", 0)]);
        op("MatMul", &[&rows, &named("root_weight")], &named("own_product"), vec![]);
        op("Add", &[&named("own_product"), &named("root_bias")], &named("own"), vec![]);
        let add = vec![text("reduction", "add")];
        op("ScatterND", &[&named("own"), "scatter", &named("messages")], &named("sum"), add);
        op("Relu", &[&named("sum")], &format!("rows_{}", layer + 1), vec![]);
    }
    op("Concat", &["rows_0", &format!("rows_{HOPS}")], "rows", vec![integer("axis", 1)]);
    op("MatMul", &["rows", "head_weight"], "head_product", vec![]);
    op("Add", &["head_product", "head_bias"], "scores", vec![]);

    let mut initializer: Vec<Constant> = parameters.0.iter().map(constant).collect();
    initializer.push(Constant {
        dims: vec![2],
        data_type: INT64,
        name: "sent_shape".into(),
        raw_data: [-1i64, HIDDEN as i64].iter().flat_map(|extent| extent.to_le_bytes()).collect(),
    });
    let graph = Graph {
        node: nodes,
        name: "generator".into(),
        initializer,
        input: vec![
            value("features", FLOAT, &[named("N"), fixed(FEATURES)]),
            value("gather", INT64, &[named("E")]),
            value("scatter", INT64, &[named("E"), fixed(1)]),
        ],
        output: vec![value("scores", FLOAT, &[named("N"), fixed(parameters.outputs())])],
    };
    let opset = Opset { domain: String::new(), version: OPSET };
    let model = Model {
        ir_version: IR_VERSION,
        producer_name: "sallyport".into(),
        graph: Some(graph),
        opset_import: vec![opset],
    };
    model.encode_to_vec()
}

fn constant(matrix: &Matrix) -> Constant {
    Constant {
        dims: matrix.shape.iter().map(|&extent| extent as i64).collect(),
        data_type: FLOAT,
        name: matrix.name.clone(),
        raw_data: matrix.values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    }
}

fn integer(name: &str, value: i64) -> Attribute {
    Attribute { name: name.into(), i: value, s: Vec::new(), r#type: ATTRIBUTE_INT }
}

fn text(name: &str, value: &str) -> Attribute {
    Attribute { name: name.into(), i: 0, s: value.as_bytes().to_vec(), r#type: ATTRIBUTE_STRING }
}

fn fixed(extent: usize) -> Dimension {
    Dimension { value: Some(Extent::Fixed(extent as i64)) }
}

fn named(name: &str) -> Dimension {
    Dimension { value: Some(Extent::Named(name.into())) }
}

fn value(name: &str, element: i32, shape: &[Dimension]) -> Value {
    let tensor = TensorType { elem_type: element, shape: Some(Shape { dim: shape.to_vec() }) };
    Value { name: name.into(), r#type: Some(Type { tensor_type: Some(tensor) }) }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::export;
    use crate::encode::{FEATURES, Link, RELATIONS, Tensors};
    use crate::rewriter::Backend;
    use crate::session::Pool;
    use crate::side::CHOICES;
    use crate::train::network::{Batch, Network, Parameters, host};
    use crate::train::random::Random;

    fn graph(nodes: usize, edges: usize, random: &mut Random) -> Tensors {
        let features = (0..nodes * FEATURES).map(|_| f32::from(u8::from(random.below(30) == 0))).collect();
        let links = (0..edges)
            .map(|_| Link {
                from: random.below(nodes) as u32,
                to: random.below(nodes) as u32,
                relation: random.below(RELATIONS) as u8,
            })
            .collect();
        Tensors { features, links }
    }

    #[test]
    fn the_exported_model_says_what_the_trainer_says() {
        let mut random = Random::new(7);
        let parameters = Parameters::random(CHOICES, &mut random);
        let pool = Pool::open(export(&parameters), &Backend::Tract).expect("the exported model opens");
        let device = Device::flex();
        let network = Network::of(&parameters, false, &device);
        for (nodes, edges) in [(1, 1), (2, 3), (17, 60), (90, 400)] {
            let tensors = graph(nodes, edges, &mut random);
            let expected = host(network.forward(&Batch::of(&tensors, &device)).scores);
            let got = pool.run(&tensors).expect("a valid graph runs");
            assert_eq!(expected.len(), got.values().len());
            let worst = expected.iter().zip(got.values()).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-4, "{nodes} nodes differ by {worst}");
        }
    }

    #[test]
    fn what_stands_around_a_row_decides_its_scores() {
        let mut random = Random::new(11);
        let parameters = Parameters::random(CHOICES, &mut random);
        let pool = Pool::open(export(&parameters), &Backend::Tract).expect("the exported model opens");
        let mut tensors = graph(120, 150, &mut random);
        tensors.links.sort_unstable();
        tensors.links.dedup();
        let whole = pool.run(&tensors).expect("a valid graph runs");
        let rows = [3, 50, 119];
        let (part, places) = tensors.around(&rows);
        assert!(part.nodes() < tensors.nodes());
        let scores = pool.run(&part).expect("a part of a valid graph runs");
        for row in rows {
            for choice in 0..CHOICES {
                let difference =
                    whole.get(row, choice).zip(scores.get(places[&row], choice)).map(|(one, other)| one - other);
                assert!(difference.is_some_and(|difference| difference.abs() < 1e-4), "row {row}, choice {choice}");
            }
        }
    }
}
