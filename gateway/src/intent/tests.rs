use super::*;

/// The same wish in other words.
const PARAPHRASES: &[(&str, &str)] = &[
    (
        "Write a Python function that deletes a customer by id from MySQL.",
        "In Python, implement removing a customer from a MySQL database, given the id.",
    ),
    (
        "Write a Python script that downloads a file from a URL.",
        "Please give me Python code to download a file, given its url.",
    ),
    ("Create a Java method that hashes a password.", "I need a Java helper for password hashing."),
    (
        "Write a Node.js endpoint that runs ping on a host sent by the client.",
        "In Node, build a route which pings a host from the request.",
    ),
    (
        "Write Python code to extract a zip file into a directory.",
        "Python function: unzip an archive to a given folder.",
    ),
    (
        "Write a Flask route that renders a greeting with the name from the query string.",
        "Using Flask, create an endpoint that greets the user by the name parameter of the query.",
    ),
    ("Create a Python function to encrypt a file with AES.", "How can I encrypt files using AES in Python?"),
    (
        "Write a Java servlet that displays a product by its id.",
        "I want a servlet in Java to show the product with a given id.",
    ),
    (
        "Write a JavaScript function that sets the text of a comment into the page.",
        "JavaScript helper to put a comment's text on the page, please.",
    ),
    (
        "Write a Python function to parse an XML document and return the titles.",
        "Python: parse XML and give back all titles.",
    ),
    ("Write a Python function that generates a random API key.", "Please code a Python API key generator, random."),
    (
        "Make a Python function that reads a YAML configuration.",
        "Load YAML configuration in Python, write the function.",
    ),
    (
        "Write a Python program which copies a directory with a shell command.",
        "I need a Python script that runs a shell command to copy a directory.",
    ),
    (
        "Write a Python function that checks whether a password is correct against the stored hash.",
        "Python code to verify a password against its stored hash.",
    ),
    (
        "Write an Express app that serves files from an upload directory.",
        "Build an Express application for serving files in the upload directory.",
    ),
    (
        "Write a Java function that executes a SQL query for employees by department.",
        "Java method to find employees of a department with a SQL query.",
    ),
    (
        "Write a Python function that sends an SMS through the Twilio API.",
        "How do I send SMS messages via Twilio in Python?",
    ),
    (
        "Create a Python class for a bank account with deposit and withdraw.",
        "Please write a bank account class in Python supporting withdraw and deposit.",
    ),
    ("Write a Python function that computes the factorial of a number.", "Python: calculate a number's factorial."),
    (
        "Write a Python function to serialise objects with pickle to a file.",
        "I want to pickle objects into a file; Python code please.",
    ),
    (
        "Write a Python web scraper that collects headlines from a news site.",
        "Build a scraper in Python which gets the headlines of a news website.",
    ),
    (
        "Write a Django view for uploading a profile picture.",
        "Django: create a view where a profile picture can be uploaded.",
    ),
    (
        "Write a JavaScript function that validates an email address.",
        "I need JavaScript code to check that an email address is valid.",
    ),
    ("Write a Python function that resizes an image.", "Code for image resizing in Python, please."),
    (
        "Write a Java program to sort an array of integers with quicksort.",
        "Implement quicksort for an array of integers in Java.",
    ),
    (
        "Write a Python function that verifies a JWT and returns the claims.",
        "Python helper to verify JWT tokens and get their claims.",
    ),
    (
        "Write a Python function to evaluate a mathematical expression given as a string.",
        "In Python, calculate the result of a mathematical expression from a string.",
    ),
    (
        "Write a Node script that queries orders from Postgres by status.",
        "Node code for fetching orders with a given status from PostgreSQL.",
    ),
    (
        "Write a Python script that backs up a MySQL database every night.",
        "I want a nightly MySQL backup script in Python for my database.",
    ),
    (
        "Write a Python function that creates a temporary file and writes a report into it.",
        "Python code to write a report to a temporary file.",
    ),
    (
        "Write a Flask login endpoint that checks a username and password.",
        "Create a login route with Flask verifying username and password.",
    ),
    (
        "Write Java code that reads an object from a file with ObjectInputStream.",
        "Read an object out of a file using ObjectInputStream, Java code please.",
    ),
    (
        "Write a Python function to list the files in a directory the user names.",
        "Python: list files of a directory given by the user.",
    ),
    (
        "Write a Python function to convert Markdown to HTML.",
        "Convert Markdown into HTML with a Python function, please.",
    ),
    (
        "Create a JavaScript function that reverses a string.",
        "JavaScript: reverse a string, please write the function.",
    ),
    (
        "Write a Python function that sends a POST request with a JSON payload.",
        "How to POST a JSON payload in Python? Write a function.",
    ),
    (
        "Write a Python socket server that receives commands.",
        "Build a server in Python with a socket that accepts commands.",
    ),
    (
        "Write an Express handler that redirects the user to the url in the query.",
        "Express route: redirect to the url from the query string.",
    ),
    (
        "Write a Python function to compute the SHA-256 checksum of a file.",
        "Code that calculates a file's SHA256 checksum in Python.",
    ),
    ("Write a Python function that removes duplicates from a list.", "In Python, delete the duplicates of a list."),
    (
        "Write a Java method that connects to LDAP and authenticates a user.",
        "Java code to authenticate a user through LDAP.",
    ),
    ("Write a Python function that merges two sorted lists.", "Implement merging of two sorted lists in Python."),
    (
        "Write a Python function that unsubscribes an email address from the newsletter.",
        "Python helper to remove an email from the newsletter.",
    ),
    (
        "Write a Python function to change the permissions of a file.",
        "I need Python code for changing file permissions.",
    ),
    (
        "Write a Python CLI that renames photos by their date.",
        "Build a command line tool in Python renaming photos by date.",
    ),
    ("Write a Java class that draws lottery numbers.", "Please create a lottery number class in Java."),
    ("Write a Python decorator that retries a function 3 times.", "Create a retry decorator in Python with 3 tries."),
    ("Write a Python function that checks if a year is a leap year.", "Python: test whether a year is a leap year."),
    ("Write a Node server that stores uploaded files.", "Make a Node.js server for saving file uploads."),
    (
        "Write a Python function to get the weather of a city from an API.",
        "Fetch a city's weather through an API using Python code.",
    ),
    (
        "Write a Python function that filters log lines containing an error.",
        "Python code for filtering the error lines of a log.",
    ),
    (
        "Write a Flask API to search books by title.",
        "Flask endpoint for searching books by their title, please build it.",
    ),
    ("Write a Java function to encrypt text with DES.", "Java: encrypt a text using DES, write the method."),
    ("Write a Python function that makes a QR code image for a url.", "Generate a QR code for a url with Python."),
    (
        "Write a Python function that exports invoices to CSV.",
        "I need to export invoices as CSV from Python; write the code.",
    ),
    (
        "Write a Python function that reads sensor values from a serial port.",
        "Python: read the values of a sensor on the serial port.",
    ),
    ("Write a JavaScript debounce function.", "Implement debounce in JavaScript."),
    ("Write a Python script to kill a process by name.", "Python code that kills processes with a given name."),
    (
        "Write a Python function to connect over SSH and run a command.",
        "Run a command through SSH with Python, write the function.",
    ),
    (
        "Write a FastAPI endpoint returning the profile of a user.",
        "Create an endpoint with FastAPI that gives back a user's profile.",
    ),
    (
        "Write a Python function that compresses a folder to a tar archive.",
        "Python helper: pack a directory into a tar archive.",
    ),
    (
        "Write a Python function that masks credit card numbers in a text.",
        "Mask the credit card numbers of a text, Python function please.",
    ),
    ("Write a Java method to resolve a DNS name.", "I want Java code that resolves DNS names."),
    ("Write a Python program that plays tic-tac-toe.", "Build tic-tac-toe in Python."),
];

/// Wishes that look alike and are not.
const LOOK_ALIKES: &[(&str, &str)] = &[
    (
        "Write a Python function that encrypts a file with AES.",
        "Write a Python function that decrypts a file with AES.",
    ),
    (
        "Write a Python function that fetches a user by name from SQLite.",
        "Write a Python function that deletes a user by name from SQLite.",
    ),
    (
        "Write a Python function that loads settings from a YAML file.",
        "Write a Python function that loads settings from a JSON file.",
    ),
    ("Write a Python function that finds a user by name.", "Write a Python function that finds an order by name."),
    (
        "Write a Python function to compute the MD5 of a file.",
        "Write a Python function to compute the SHA-256 of a file.",
    ),
    ("Write a Java method that uploads a document.", "Write a Java method that downloads a document."),
    ("Write a Python function that retries 3 times.", "Write a Python function that retries 5 times."),
    ("Write a Python function that zips a folder.", "Write a Python function that unzips a folder."),
    ("Write a Flask route that shows a comment.", "Write a Django route that shows a comment."),
    (
        "Write a Python function that runs a command with a shell.",
        "Write a Python function that runs a command without a shell.",
    ),
    ("Write a Python function that sorts numbers ascending.", "Write a Python function that sorts numbers descending."),
    (
        "Write a Python function that returns the minimum of a list.",
        "Write a Python function that returns the maximum of a list.",
    ),
    ("Write a Python function that connects to MySQL.", "Write a Python function that connects to MongoDB."),
    (
        "Write a Python function that creates a session token.",
        "Write a Python function that creates a session password.",
    ),
    (
        "Write a Python function that validates a phone number.",
        "Write a Python function that validates an email address.",
    ),
    ("Write a Python function that parses XML.", "Write a Python function that parses HTML."),
    ("Write a Python function called `get_user`.", "Write a Python function called `drop_user`."),
    ("Write a Python function that serialises an object.", "Write a Python function that deserialises an object."),
    (
        "Write a Python function that sends an invoice by email.",
        "Write a Python function that deletes an invoice by email.",
    ),
    ("Write a Python function that logs a user in.", "Write a Python function that logs a user out."),
    ("Write a Python script that pings a host.", "Write a Python script that scans a port."),
    ("Write a Node server that stores messages in Redis.", "Write a Node server that stores messages in Postgres."),
    ("Write a Java class for a stack of integers.", "Write a Java class for a queue of integers."),
    (
        "Write a Python function that converts Celsius to Fahrenheit.",
        "Write a Python function that converts kilometres to miles.",
    ),
    ("Write a Python function that resizes an image.", "Write a Python function that resizes a video."),
    ("Write a Python function that renders a template.", "Write a Python function that validates a template."),
    (
        "Write a Python function that reads a file without a context manager.",
        "Write a Python function that reads a file with a context manager.",
    ),
    ("Write a Python function that signs a message.", "Write a Python function that encrypts a message."),
    ("Write a Python function to copy a file.", "Write a Python function to delete a file."),
    (
        "Write a Python function that hashes a password with bcrypt.",
        "Write a Python function that hashes a password with MD5.",
    ),
    (
        "Write a Python function that counts words in a text.",
        "Write a Python function that translates words in a text.",
    ),
    (
        "Write a JavaScript function that draws a chart of sales.",
        "Write a JavaScript function that exports a table of sales.",
    ),
    ("Write a Java method that books a ticket.", "Write a Java method that refunds a ticket."),
    (
        "Write a Python function that updates the address of a customer.",
        "Write a Python function that deletes the address of a customer.",
    ),
    (
        "Write a Python function that lists employees by salary.",
        "Write a Python function that lists products by price.",
    ),
    (
        "Write a Python function that loads a model with pickle.",
        "Write a Python function that loads a model with JSON.",
    ),
    ("Write a Python program that opens a TCP connection.", "Write a Python program that opens an SSH connection."),
    ("Write an Express route that redirects to a url.", "Write an Express route that fetches a url."),
    (
        "Write a Python function that generates a random password of 8 characters.",
        "Write a Python function that generates a random password of 16 characters.",
    ),
    ("Write a Python function that reads mail over IMAP.", "Write a Python function that sends mail over SMTP."),
    ("Write a Python function to merge two PDF files.", "Write a Python function to split two PDF files."),
    (
        "Write a Python function that checks a file's permissions.",
        "Write a Python function that changes a file's permissions.",
    ),
    (
        "Write a Python function that gets the first element of a list.",
        "Write a Python function that gets the last element of a list.",
    ),
    (
        "Write a Python function that evaluates an expression from the user.",
        "Write a Python function that stores an expression from the user.",
    ),
    ("Write a Python script that runs every hour.", "Write a Python script that runs every month."),
    ("Write a Python function that verifies a signature.", "Write a Python function that verifies a captcha."),
    ("Write a Java function that reads a CSV of students.", "Write a Java function that reads a CSV of vehicles."),
    ("Write a Python function that monitors a directory.", "Write a Python function that deletes a directory."),
    (
        "Write a Python function that inserts a payment into the database.",
        "Write a Python function that selects a payment from the database.",
    ),
    (
        "Write a Python function that implements binary search.",
        "Write a Python function that implements linear search.",
    ),
    ("Write a Python server that listens on TCP.", "Write a Python server that listens on UDP."),
    ("Write a Python function that backs up a database.", "Write a Python function that drops a database."),
    ("Write a Python function that schedules a report.", "Write a Python function that emails a report."),
    (
        "Write a Flask endpoint that returns the profile of a patient.",
        "Write a Flask endpoint that returns the invoice of a patient.",
    ),
    ("Write a Python function to parse a date.", "Write a Python function to parse a url."),
    ("Write a Python function that plots temperatures.", "Write a Python function that sums temperatures."),
    ("Write a Java method to withdraw money.", "Write a Java method to deposit money."),
    ("Write a Python function that reverses a linked list.", "Write a Python function that sorts a linked list."),
    ("Write a Python function that accepts any file type.", "Write a Python function that accepts no file type."),
    ("Write a Python function that deletes old backups.", "Write a Python function that uploads old backups."),
    ("Write a Python script that starts a service.", "Write a Python script that stops a service."),
    ("Write a Python function that escapes HTML.", "Write a Python function that sanitises SQL."),
    ("Write a Python function that renames a table.", "Write a Python function that truncates a table."),
    ("Write a Python function that adds a coupon to a cart.", "Write a Python function that adds a product to a cart."),
];

fn matches(one: &str, other: &str) -> bool {
    let (Some(one), Some(other)) = (read(one), read(other)) else { return false };
    one.language == other.language && one.signature.likeness(&other.signature).is_some()
}

#[test]
fn how_often_the_same_wish_is_known_again() {
    let missed: Vec<_> = PARAPHRASES.iter().filter(|(one, other)| !matches(one, other)).collect();
    let taken: Vec<_> = LOOK_ALIKES.iter().filter(|(one, other)| matches(one, other)).collect();
    let pairs = PARAPHRASES.iter().chain(LOOK_ALIKES);
    let firsts: Vec<_> = pairs.map(|(one, _)| *one).collect();
    let (mut crossed, mut crossings) = (Vec::new(), 0);
    for (at, one) in firsts.iter().enumerate() {
        for other in &firsts[..at] {
            crossings += 1;
            if one != other && matches(one, other) {
                crossed.push((one, other));
            }
        }
    }
    let hit = 100.0 * (1.0 - missed.len() as f64 / PARAPHRASES.len() as f64);
    let false_hit = 100.0 * taken.len() as f64 / LOOK_ALIKES.len() as f64;
    println!("hits {hit:.0} % of {}, false hits {false_hit:.0} % of {}", PARAPHRASES.len(), LOOK_ALIKES.len());
    println!("unrelated pairs that match: {} of {crossings}", crossed.len());
    println!("missed: {missed:#?}\ntaken: {taken:#?}\ncrossed: {crossed:#?}");
    assert!(PARAPHRASES.len() >= 60 && LOOK_ALIKES.len() >= 60);
    assert!(hit >= 90.0, "hits {hit:.0} %: {missed:#?}");
    assert!(false_hit <= 8.0, "false hits {false_hit:.0} %: {taken:#?}");
    assert!(crossed.len() * 500 <= crossings, "{crossed:#?}");
}

/// The scripted upstream's tasks, which were written by others: how often its phrasings of one task match, and those of two.
#[test]
fn phrasings_of_the_script_are_known_again() {
    let all: Vec<_> = crate::upstream::scripted::tasks().collect();
    let (mut hits, mut pairs, mut false_hits, mut others) = (0, 0, Vec::new(), 0);
    let mut missed = Vec::new();
    for (at, task) in all.iter().enumerate() {
        let first = task.phrasings[0];
        for phrasing in &task.phrasings[1..] {
            pairs += 1;
            if matches(first, phrasing) { hits += 1 } else { missed.push((first, phrasing)) }
        }
        for phrasing in all[at + 1..].iter().flat_map(|other| other.phrasings) {
            others += 1;
            if matches(first, phrasing) {
                false_hits.push((first, phrasing));
            }
        }
    }
    println!(
        "script: {hits} of {pairs} phrasings known again, {} of {others} taken for another task",
        false_hits.len()
    );
    println!("missed: {missed:#?}\nfalse: {false_hits:#?}");
    assert!(hits * 100 >= pairs * 90, "{missed:#?}");
    assert!(false_hits.len() * 200 <= others, "{false_hits:#?}");
}

#[test]
fn guards() {
    let check = |one: &str, other: &str, same: bool| {
        let wish = |text: &str| format!("Write a Python function that {text}.");
        assert_eq!(matches(&wish(one), &wish(other)), same, "{one} / {other}");
    };
    check("paints a wooden fence", "paints the wooden fence", true);
    check("paints a wooden fence", "washes a wooden fence", false);
    check("paints a wooden fence", "paints a wooden fence in green", true);
    check("logs a visitor in", "logs a visitor out", false);
    check("keeps rows by a rule such as \"age > 30\"", "keeps rows by a rule like `size < 5`", true);
    check("keeps rows by the rule `age > 30`", "keeps rows by the rule `size < 5`", false);
}

#[test]
fn only_requests_for_code_have_an_intent() {
    let check = |text: &str, language: Option<Option<Language>>| {
        assert_eq!(read(text).map(|intent| intent.language), language, "{text:?}");
    };
    check("Write a Python function that pings a host.", Some(Some(Language::Python)));
    check("Python: count the words of a text.", Some(Some(Language::Python)));
    check("Write a function that pings a host.", Some(None));
    check("Build an Express app for uploads.", Some(Some(Language::JavaScript)));
    check("Build a TypeScript service for uploads.", Some(Some(Language::TypeScript)));
    check("Write a Go function that reads a file.", Some(Some(Language::Go)));
    check("Write a program in Go that serves files.", Some(Some(Language::Go)));
    check("Write a golang parser.", Some(Some(Language::Go)));
    check("import os\n\ndef ping(host):\n    '''Ping the host.'''\n", Some(Some(Language::Python)));
    check("Write a C function that copies a file.", Some(Some(Language::C)));
    check("Write a C++ class for a bounded queue.", Some(Some(Language::Cpp)));
    check("What is the capital of France?", None);
    check("Explain why Python is slow.", None);
    check("Write a poem about the sea.", None);
    check("Translate this sentence into German: hello", None);
    check("", None);
}

#[test]
fn nothing_of_the_words_is_kept() {
    let intent = read("Write a Python function that greets Ignatius with `secret_name`.").expect("a request for code");
    let kept = serde_json::to_string(&intent.signature).expect("signatures are serialisable");
    assert!(!kept.contains("gnatius") && !kept.contains("secret"), "{kept}");
}
