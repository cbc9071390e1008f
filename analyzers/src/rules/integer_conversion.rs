//! CWE-190/681: whole numbers converted to a type that cannot hold them.

use crate::finding::Severity;
use crate::rule::{Rule, go as golang, go_row};
use crate::syntax::Kind;

mod go;

pub(crate) const RULE: Rule = Rule {
    id: "integer-conversion",
    cwe: &[190, 681],
    severity: Severity::Medium,
    summary: "A whole number is converted to a type that cannot hold every value of it.",
    advice: "Check the range before the conversion, or parse with the size that is needed (`strconv.ParseInt(s, 10, 32)`).",
    rows: &[go_row(&[Kind::Cast], go::cast), go_row(&[Kind::Call], go::allocation), go_row(&[Kind::Binary], go::shift)],
    bad: &[
        golang(
            "package p\nimport \"strconv\"\nfunc f(s string) int32 {\n\tn, err := strconv.Atoi(s)\n\tif err != nil { return 0 }\n\treturn int32(n)\n}\n",
        ),
        golang("package p\nfunc f(n uint64) int { return int(n) }\n"),
        golang("package p\nfunc f(n uint32) uint32 { return n << 32 }\n"),
        golang(
            "package p\nfunc f(list []int64) uint8 {\n\tfor _, n := range list { return uint8(n) }\n\treturn 0\n}\n",
        ),
        golang("package p\nfunc f(list []string) uint8 { return uint8(len(list)) }\n"),
        golang(
            "package p\nimport \"encoding/json\"\nfunc f(v any) []byte {\n\tdata, err := json.Marshal(v)\n\tif err != nil { return nil }\n\treturn make([]byte, len(data)+4)\n}\n",
        ),
    ],
    good: &[
        golang(
            "package p\nimport \"strconv\"\nfunc f(s string) int32 {\n\tn, err := strconv.ParseInt(s, 10, 32)\n\tif err != nil { return 0 }\n\treturn int32(n)\n}\n",
        ),
        golang(
            "package p\nimport \"math\"\nfunc f(n int64) int32 {\n\tif n > math.MaxInt32 || n < math.MinInt32 { return 0 }\n\treturn int32(n)\n}\n",
        ),
        golang("package p\nfunc f(n uint8) int { return int(n) }\n"),
        golang(
            "package p\nfunc f(n uint32) []byte { return []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)} }\n",
        ),
        golang("package p\nfunc f(n int) uint8 {\n\tif n < 0 || n > 255 { return 0 }\n\treturn uint8(n)\n}\n"),
        golang("//go:build 386 || arm\n\npackage p\nfunc f(n int) int32 { return int32(n) }\n"),
        golang("package p\nfunc f() uint8 {\n\tfor i := 0; i < 10; i++ { return uint8(i) }\n\treturn 0\n}\n"),
        golang("package p\nfunc f(n int) uint8 { return uint8(n & 0xff) }\n"),
        golang("package p\nfunc f(list []string) []string { return make([]string, len(list)+1) }\n"),
    ],
};
