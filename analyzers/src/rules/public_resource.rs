//! CWE-732: storage and other resources that everybody may read or write.

mod settings;

use crate::finding::Severity;
use crate::lang::Language;
use crate::rule::{Rule, example, row};
use crate::syntax::Kind;

pub(crate) const RULE: Rule = Rule {
    id: "public-resource",
    cwe: &[732, 284, 668],
    severity: Severity::Medium,
    summary: "Everybody may read or write a resource.",
    advice: "Keep storage private, block public access as a whole, and name the accounts that may read it.",
    rows: &[row(settings::LANGUAGES, &[Kind::Pair], settings::check)],
    bad: &[
        example(Language::Terraform, "resource \"aws_s3_bucket_acl\" \"b\" {\n  acl = \"public-read-write\"\n}\n"),
        example(
            Language::Terraform,
            "resource \"aws_s3_bucket_public_access_block\" \"b\" {\n  block_public_acls   = false\n  block_public_policy = false\n}\n",
        ),
        example(
            Language::Terraform,
            "resource \"google_storage_bucket_iam_member\" \"m\" {\n  role   = \"roles/storage.objectViewer\"\n  member = \"allUsers\"\n}\n",
        ),
        example(
            Language::Json,
            "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:PutObject\", \"Resource\": \"arn:aws:s3:::b/*\"}]}\n",
        ),
        example(
            Language::Yaml,
            "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: PublicRead\n",
        ),
    ],
    good: &[
        example(
            Language::Terraform,
            "resource \"aws_s3_bucket_public_access_block\" \"b\" {\n  block_public_acls   = true\n  block_public_policy = true\n}\nresource \"aws_s3_bucket_acl\" \"b\" {\n  acl = \"private\"\n}\n",
        ),
        example(
            Language::Json,
            "{\"Statement\": [{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:*\", \"Resource\": \"arn:aws:s3:::b/*\"}]}\n",
        ),
        example(Language::Json, "{\"name\": \"a\", \"private\": false, \"acl\": \"none\"}\n"),
        example(
            Language::Yaml,
            "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: Private\n",
        ),
    ],
};
