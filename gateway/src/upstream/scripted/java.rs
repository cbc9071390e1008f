//! The script's Java tasks.

use super::task::{Shape, Task, Unit, Weakness};
use super::topic::Topic;

/// Java tasks.
pub(super) const TASKS: &[Task] = &[
    Task {
        name: "customer-lookup",
        language: "java",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Java method that finds a customer's e-mail address by customer number over JDBC.",
            "Java, JDBC: return the e-mail of the customer with a given number.",
            "I need a Java class which looks up a customer's email in the database with JDBC.",
            "How do I query a customer's address by number in Java using JDBC?",
        ],
        keywords: &[&["java"], &["customer"], &["jdbc"]],
        units: &[Unit {
            before: "A plain JDBC query will do:",
            path: "CustomerLookup.java",
            code: r#"import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

public class CustomerLookup {
    public String findEmail(Connection connection, String number) throws SQLException {
        try (Statement statement = connection.createStatement();
             ResultSet result = statement.executeQuery("SELECT email FROM customers WHERE number = '" + number + "'")) {
            return result.next() ? result.getString("email") : null;
        }
    }
}
"#,
            weaknesses: &[Weakness {
                topic: Topic::Query,
                heeded: true,
                parts: &[
                    (
                        "import java.sql.Connection;\n",
                        "import java.sql.Connection;\nimport java.sql.PreparedStatement;\n",
                    ),
                    ("import java.sql.Statement;\n", ""),
                    (
                        r#"        try (Statement statement = connection.createStatement();
             ResultSet result = statement.executeQuery("SELECT email FROM customers WHERE number = '" + number + "'")) {
            return result.next() ? result.getString("email") : null;
        }
"#,
                        r#"        try (PreparedStatement statement = connection.prepareStatement("SELECT email FROM customers WHERE number = ?")) {
            statement.setString(1, number);
            try (ResultSet result = statement.executeQuery()) {
                return result.next() ? result.getString("email") : null;
            }
        }
"#,
                    ),
                ],
            }],
        }],
        after: "It returns `null` when there is no such customer.",
    },
    Task {
        name: "password-digest",
        language: "java",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Java class that hashes passwords for storing them.",
            "Java code to store a password as a hash, please.",
            "In Java, how do I turn a password into a hex hash for the users table?",
            "I need a Java helper that produces the stored form of a password by hashing it.",
        ],
        keywords: &[&["java"], &["password"], &["hash"]],
        units: &[Unit {
            before: "`MessageDigest` is part of the JDK:",
            path: "PasswordDigest.java",
            code: r#"import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;

public class PasswordDigest {
    public static String digest(String password) throws GeneralSecurityException {
        MessageDigest md = MessageDigest.getInstance("MD5");
        byte[] bytes = md.digest(password.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(bytes);
    }
}
"#,
            weaknesses: &[Weakness {
                topic: Topic::Hash,
                heeded: true,
                parts: &[
                    ("import java.nio.charset.StandardCharsets;\n", ""),
                    ("import java.security.MessageDigest;\n", "import java.security.SecureRandom;\n"),
                    (
                        "import java.util.HexFormat;\n",
                        "import java.util.HexFormat;\nimport javax.crypto.SecretKeyFactory;\nimport javax.crypto.spec.PBEKeySpec;\n",
                    ),
                    (
                        r#"        MessageDigest md = MessageDigest.getInstance("MD5");
        byte[] bytes = md.digest(password.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(bytes);
"#,
                        r#"        byte[] salt = new byte[16];
        new SecureRandom().nextBytes(salt);
        PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), salt, 600_000, 256);
        byte[] bytes = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
        return HexFormat.of().formatHex(salt) + ":" + HexFormat.of().formatHex(bytes);
"#,
                    ),
                ],
            }],
        }],
        after: "Store the returned string in the database.",
    },
    Task {
        name: "build-step",
        language: "java",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Java class that runs a build step given as a command line and returns its exit code.",
            "Java: execute the command line of a build step and tell its exit code.",
            "I want a Java helper for build steps: it gets a command line, runs it, returns the exit code.",
            "How do I run the command of a build step from Java and wait for its exit code?",
        ],
        keywords: &[&["java"], &["build step"], &["command"]],
        units: &[Unit {
            before: "A shell takes the line as it is:",
            path: "BuildStep.java",
            code: r#"import java.io.IOException;

public class BuildStep {
    public int run(String command) throws IOException, InterruptedException {
        Process process = Runtime.getRuntime().exec(new String[] {"sh", "-c", command});
        return process.waitFor();
    }
}
"#,
            weaknesses: &[Weakness {
                topic: Topic::Command,
                heeded: true,
                parts: &[(
                    "Runtime.getRuntime().exec(new String[] {\"sh\", \"-c\", command});",
                    "new ProcessBuilder(\"make\", \"--\", command).start();",
                )],
            }],
        }],
        after: "Zero means that the step succeeded.",
    },
    Task {
        name: "message-reader",
        language: "java",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Java class that reads message objects from a socket.",
            "Java: receive a serialised message object over a socket connection.",
            "How can I read a Message object that a client sends through a socket in Java?",
            "Give me Java code to take message objects off a socket stream.",
        ],
        keywords: &[&["java"], &["message"], &["socket"]],
        units: &[Unit {
            before: "Java serialisation makes this easy:",
            path: "MessageReader.java",
            code: r"import java.io.IOException;
import java.io.ObjectInputStream;
import java.net.Socket;

public class MessageReader {
    public Object readMessage(Socket socket) throws IOException, ClassNotFoundException {
        ObjectInputStream input = new ObjectInputStream(socket.getInputStream());
        return input.readObject();
    }
}
",
            weaknesses: &[Weakness { topic: Topic::Deserialise, heeded: false, parts: &[] }],
        }],
        after: "Cast the result to your message class.",
    },
];
