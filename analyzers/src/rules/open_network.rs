//! CWE-284/668: a port or service that the whole internet may reach.

mod settings;

use crate::finding::Severity;
use crate::lang::Language;
use crate::rule::{Rule, example, row};
use crate::syntax::Kind;

pub(crate) const RULE: Rule = Rule {
    id: "open-network",
    cwe: &[284, 668, 1327],
    severity: Severity::Medium,
    summary: "A port or service can be reached from everywhere.",
    advice: "Allow the networks that need it, publish ports on the loopback interface, and keep databases and administration private.",
    rows: &[row(settings::LANGUAGES, &[Kind::Pair], settings::check)],
    bad: &[
        example(
            Language::Terraform,
            "resource \"aws_security_group\" \"s\" {\n  ingress {\n    from_port   = 22\n    to_port     = 22\n    protocol    = \"tcp\"\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }\n}\n",
        ),
        example(
            Language::Terraform,
            "resource \"aws_security_group_rule\" \"s\" {\n  type        = \"ingress\"\n  from_port   = 0\n  to_port     = 65535\n  protocol    = \"-1\"\n  cidr_blocks = [\"0.0.0.0/0\"]\n}\n",
        ),
        example(
            Language::Terraform,
            "resource \"aws_db_instance\" \"d\" {\n  storage_encrypted   = true\n  publicly_accessible = true\n}\n",
        ),
        example(
            Language::Terraform,
            "resource \"google_compute_firewall\" \"f\" {\n  allow {\n    protocol = \"tcp\"\n    ports    = [\"22\"]\n  }\n  source_ranges = [\"0.0.0.0/0\"]\n}\n",
        ),
        example(
            Language::Terraform,
            "resource \"azurerm_network_security_rule\" \"r\" {\n  access                     = \"Allow\"\n  direction                  = \"Inbound\"\n  destination_port_range     = \"3389\"\n  source_address_prefix      = \"*\"\n}\n",
        ),
        example(Language::Yaml, "services:\n  cache:\n    image: redis:7\n    ports:\n      - \"6379:6379\"\n"),
        example(
            Language::Yaml,
            "Resources:\n  Group:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      SecurityGroupIngress:\n        - IpProtocol: tcp\n          FromPort: 22\n          ToPort: 22\n          CidrIp: 0.0.0.0/0\n",
        ),
    ],
    good: &[
        example(
            Language::Terraform,
            "resource \"aws_security_group\" \"s\" {\n  ingress {\n    from_port   = 443\n    to_port     = 443\n    protocol    = \"tcp\"\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }\n  egress {\n    from_port   = 0\n    to_port     = 0\n    protocol    = \"-1\"\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }\n}\n",
        ),
        example(
            Language::Terraform,
            "resource \"aws_security_group\" \"s\" {\n  ingress {\n    from_port   = 22\n    to_port     = 22\n    cidr_blocks = [var.office]\n  }\n}\n",
        ),
        example(Language::Terraform, "resource \"aws_route\" \"r\" {\n  destination_cidr_block = \"0.0.0.0/0\"\n}\n"),
        example(
            Language::Yaml,
            "services:\n  cache:\n    image: redis:7\n    ports:\n      - \"127.0.0.1:6379:6379\"\n  web:\n    image: a:1\n    ports:\n      - \"8080:80\"\n",
        ),
    ],
};
