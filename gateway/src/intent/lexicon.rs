//! The words that requests for code are made of: what says nothing, what says the same, what excludes each other.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use analyzers::lang::Language;

use super::stem::stem;

/// How much a word tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Occurs in requests of all kinds.
    Generic,
    /// What is done.
    Action,
    /// Tells the wish.
    Full,
}

/// A word that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) canonical: String,
    pub(super) weight: Weight,
    pub(super) family: u8,
}

/// What a word is to a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    Nothing,
    Negation,
    Word(Counted),
}

/// The first family of nouns; families below it are of actions.
pub(super) const FIRST_NOUNS: u8 = ACTIONS.len() as u8 + 1;
/// The last family.
pub(super) const LAST_FAMILY: u8 = (ACTIONS.len() + NOUNS.len()) as u8;

/// What is done, a family of opposed meanings per line: two wishes that both name some must share one of them.
const ACTIONS: &[&str] = &[
    "find=fetch=get=retrieve=lookup=look=search=select=query=read=load=list=display=view=obtain=restore=print \
     store=save=insert=record=persist=keep=put=append=register=storage=stored delete=remove=erase=drop=purge=unsubscribe=clear=truncate \
     update=modify=change=alter=edit=set=rename=replace copy=clone=duplicate refund=cancel",
    "encrypt=encipher decrypt=decipher sign",
    "compress=zip=pack extract=unzip=unpack=decompress=untar",
    "upload download",
    "serialize=serialise=pickle=marshal=dump deserialize=deserialise=unpickle=unmarshal",
    "send=deliver=mail=email=post receive=listen",
    "login=authenticate=signin logout=signout",
    "sort=rank count=tally=sum merge=join=combine=concatenate split=divide reverse=invert filter plot=draw=chart translate",
    "start=launch stop=kill=terminate",
    "redirect=forward scrape=crawl",
    "deposit withdraw",
];

/// Actions that stand against no other.
const OTHER_ACTIONS: &[&str] = &[
    "hash=digest=fingerprint=checksum",
    "verify=check=validate=test=confirm=ensure=detect=respond=answer=reachable",
    "compare=match",
    "parse=decode",
    "run=execute=invoke=spawn=exec=apply",
    "compute=calculate=evaluate=solve",
    "convert=transform=resize=transcode=turn",
    "render=greet=greeting=welcome",
    "capture=collect",
    "schedule=daily=nightly",
    "monitor=watch",
    "export=emit",
    "backup=dump",
];

/// Nouns of which different ones exclude each other, a family per line; those that mean the same are joined by `=`.
const NOUNS: &[&str] = &[
    "json yaml=yml xml csv pickle toml ini html pdf excel=xlsx markdown protobuf base64",
    "sqlite=sqlite3 postgres=postgresql=psycopg2 mysql=mariadb mongo=mongodb redis oracle ldap",
    "md5 sha1 sha256 sha512 bcrypt scrypt argon2 pbkdf2 crc32",
    "aes des rsa blowfish chacha20 fernet rc4",
    "flask django fastapi express=expressjs spring koa tornado aiohttp",
    "ftp=sftp ssh smtp imap pop3 websocket tcp udp mqtt grpc dns",
    "user=account=member order=purchase product=item=article customer=client invoice=bill employee=staff student=pupil comment \
     event booking=reservation ticket patient vehicle=car payment=transaction subscription=newsletter playlist=song movie=film city sale",
    "token=nonce password=passphrase=passcode otp=pin uuid=guid coupon=voucher captcha",
    "image=picture=photo=thumbnail video audio=sound",
    "phone=telephone address url=link ip=host=hostname",
    "linear binary",
    "ascending descending",
    "minimum=smallest=lowest maximum=largest=highest average=mean median",
    "celsius fahrenheit kelvin",
    "hour week month year",
    "first last",
    "synchronous asynchronous",
    "stack queue heap tree",
];

/// Words that occur in requests of all kinds.
const GENERIC: &[&str] = &[
    "user name value data text string file input number list array dict dictionary object result output record row table database db \
     application app page web site website system content line field entry form request response param parameter argument variable \
     time way message error type size format path folder=directory command=cmd config=configuration=setting=preference dictionary=dict visitor=user frequency=often occurrence=occur query=sql information info item element character letter",
];

/// Words that say nothing: grammar, courtesy, and what asks for code as such.
const NOTHING: &[&str] = &[
    "a an the this that these those it its their them they he she his her our my your you we us i me one ones some any all each every both",
    "is are was were be been being am do does did done has have had having can could will would shall should may might must",
    "and or but if then else when while where which who whom whose what how why so as at by for from in into of on onto off out over to up \
     down with within about after before between through via per than too very also just only once again back away along across under upon",
    "please thanks thank hi hello hey kindly quick quickly simple simply small short little tiny basic minimal easy nice clean good great \
     complete full whole working example sample demo snippet snippets piece bit version new own given giving certain particular specific",
    "write create make build implement generate develop code program produce provide give show want need like wish would let help add define \
     design craft compose prepare do come coding programming wanted looking required require",
    "function functions method methods script scripts class classes routine helper helpers utility util module modules program programs \
     procedure snippet endpoint route handler api tool implementation solution logic feature project package library service component lines",
    "python python3 py java javascript js node nodejs node.js es6 typescript typed stdlib standard built-in builtin",
    "take takes taking taken return returns returning returned give gives gives back accept accepts pass passed passing called calls call caller \
     supply supplied provide provided enter entered type typed specify specified based use uses using used work works which whether \
     say says tell tells get got such",
    "explanation explanations explain comment comments prose text-only markdown docstring docstrings else anything nothing there here out",
    "able allow allows allowing able inside called named whatever whichever current currently existing different various same other another",
    "s t re ve ll d m don doesn isn",
];

/// Words that turn the next one round.
const NEGATIONS: &[&str] =
    &["not", "no", "never", "without", "except", "excluding", "don't", "doesn't", "cannot", "can't", "non"];

/// Words by which code is asked for.
const REQUESTS: &str = "write create make build implement generate develop code produce provide give show want need like wish help add define design \
     please how can could complete finish extend refactor rewrite fix port convert";
/// Words for programs and their parts.
const PROGRAMS: &str = "function method script class routine helper utility module program procedure snippet endpoint route handler api implementation code \
     app application server cli command-line bot parser library service component backend query view controller servlet decorator regex";

/// Words of direction: one in the place of another turns a sentence round.
const OPPOSED: &[&str] =
    &["in", "out", "on", "off", "up", "down", "before", "after", "above", "below", "over", "under"];

/// What a quoted example follows.
const EXAMPLES: &[&str] = &["such as", "like", "e.g.", "for example", "for example,", "for instance", "for instance,"];

/// Phrases that stand for one word.
const PHRASES: &[(&str, &str)] = &[
    ("c++", "cpp"),
    ("log in", "login"),
    ("logs in", "login"),
    ("log into", "login"),
    ("sign in", "login"),
    ("log out", "logout"),
    ("sign out", "logout"),
    ("look up", "lookup"),
    ("looks up", "lookup"),
    ("looking up", "lookup"),
    ("work out", "compute"),
    ("works out", "compute"),
    ("e-mail", "email"),
    ("host name", "host"),
    ("user name", "username"),
    ("file name", "filename"),
    ("back up", "backup"),
    ("sql injection", "injection"),
    ("node.js", "node"),
    ("command line", "command"),
    ("web server", "webserver"),
    ("ordered by", "sort"),
    ("sha-256", "sha256"),
    ("sha-1", "sha1"),
    ("sha-512", "sha512"),
    ("is reachable", "ping"),
];

static MEANINGS: LazyLock<HashMap<String, Meaning>> = LazyLock::new(meanings);

fn meanings() -> HashMap<String, Meaning> {
    let mut all = HashMap::new();
    let word =
        |canonical: &str, weight, family| Meaning::Word(Counted { canonical: canonical.to_owned(), weight, family });
    for line in GENERIC {
        for group in line.split_whitespace() {
            let first = stem(group.split('=').next().unwrap_or(group));
            for name in group.split('=') {
                all.insert(stem(name), word(&first, Weight::Generic, 0));
            }
        }
    }
    let generic: HashSet<String> = all.keys().cloned().collect();
    for (index, line) in ACTIONS.iter().chain(NOUNS).enumerate() {
        let family = index as u8 + 1;
        for group in line.split_whitespace() {
            let first = stem(group.split('=').next().unwrap_or(group));
            let first = if family < FIRST_NOUNS { format!("to {first}") } else { first };
            for name in group.split('=') {
                let action = if family < FIRST_NOUNS { Weight::Action } else { Weight::Full };
                let weight = if generic.contains(&stem(name)) { Weight::Generic } else { action };
                all.insert(stem(name), word(&first, weight, family));
            }
        }
    }
    for group in OTHER_ACTIONS {
        let first = format!("to {}", stem(group.split('=').next().unwrap_or(group)));
        for name in group.split('=') {
            all.entry(stem(name)).or_insert_with(|| word(&first, Weight::Action, 0));
        }
    }
    for name in NOTHING.iter().flat_map(|line| line.split_whitespace()) {
        all.entry(stem(name)).or_insert(Meaning::Nothing);
    }
    for name in NEGATIONS {
        all.insert((*name).to_owned(), Meaning::Negation);
    }
    all
}

/// The words of a text in lower case, phrases joined.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut text = text.to_lowercase().replace('\u{2019}', "'");
    for (phrase, one) in PHRASES {
        if text.contains(phrase) {
            text = text.replace(phrase, one);
        }
    }
    text.split(|character: char| !character.is_alphanumeric() && !"'_-.".contains(character))
        .map(|word| word.trim_matches(['\'', '_', '-', '.']))
        .map(|word| word.strip_suffix("'s").unwrap_or(word))
        .filter(|word| !word.is_empty())
        .flat_map(|word| {
            let known = !word.contains('-') || MEANINGS.contains_key(&stem(word));
            if known { vec![word.to_owned()] } else { word.split('-').map(str::to_owned).collect() }
        })
        .collect()
}

/// A text without its quoted examples: they illustrate the wish, another may stand in the same wish.
pub(super) fn without_examples(text: &str) -> String {
    let text = text.replace(['\u{201c}', '\u{201d}'], "\"");
    ['"', '`'].into_iter().fold(text, |text, quote| {
        let pieces: Vec<&str> = text.split(quote).collect();
        let mut kept = String::new();
        for (at, piece) in pieces.iter().enumerate() {
            let before = if at % 2 == 1 && at + 1 < pieces.len() { pieces[at - 1] } else { "" };
            let before = before.trim_end().to_ascii_lowercase();
            if !EXAMPLES.iter().any(|example| before.ends_with(example)) {
                kept.push_str(piece);
            }
            if at + 1 < pieces.len() {
                kept.push(quote);
            }
        }
        kept
    })
}

/// Whether a word gives a direction that another turns round.
pub(super) fn is_opposed(word: &str) -> bool {
    OPPOSED.contains(&word)
}

/// What a word is to a wish.
pub(super) fn meaning(word: &str) -> Meaning {
    if word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Meaning::Nothing;
    }
    let stemmed = stem(word);
    MEANINGS.get(word).or_else(|| MEANINGS.get(&stemmed)).cloned().unwrap_or(Meaning::Word(Counted {
        canonical: stemmed,
        weight: Weight::Full,
        family: 0,
    }))
}

/// Whether a word may stand between a negation and what it negates.
pub(super) fn is_article(word: &str) -> bool {
    ["a", "an", "the", "any", "be", "use", "using", "to", "have"].contains(&word)
}

/// Hashes of the numbers in a text.
pub(super) fn numbers(text: &str) -> impl Iterator<Item = u64> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && !"._-".contains(character))
        .map(|word| word.trim_matches('.'))
        .filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
        .map(super::hash)
}

/// Hashes of the names in a text: what stands in inline code or has an underscore.
pub(super) fn names(text: &str) -> impl Iterator<Item = u64> {
    let coded = text.split('`').skip(1).step_by(2).map(str::trim).filter(|name| name.len() < 80);
    let underscored = text
        .split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| word.trim_matches('_').contains('_'));
    coded.chain(underscored).filter(|name| !name.is_empty()).map(super::hash)
}

/// Whether code is asked for by this word.
pub(super) fn is_request(word: &str) -> bool {
    in_line(REQUESTS, word)
}

/// Whether the word is one for a program.
pub(super) fn is_program(word: &str) -> bool {
    in_line(PROGRAMS, word)
}

/// Whether words that name a language ask for code without saying so (`Python: count the words`).
pub(super) fn is_bare_wish(words: &[String]) -> bool {
    let explains = ["why", "explain", "what", "difference", "compare", "history", "learn", "review", "meaning"];
    !words.iter().take(6).any(|word| explains.contains(&word.as_str()))
}

fn in_line(line: &str, word: &str) -> bool {
    let stemmed = stem(word);
    line.split_whitespace().any(|known| known == word || stem(known) == stemmed)
}

/// The language that a message names first.
pub(super) fn named(words: &[String]) -> Option<Language> {
    let word = |at: Option<usize>| at.and_then(|at| words.get(at)).map_or("", String::as_str);
    (0..words.len()).find_map(|at| {
        // The verb is far more frequent than the language.
        let go = word(Some(at)) == "go"
            && (matches!(word(at.checked_sub(1)), "in" | "using" | "idiomatic")
                || matches!(
                    word(Some(at + 1)),
                    "program"
                        | "function"
                        | "code"
                        | "service"
                        | "server"
                        | "handler"
                        | "package"
                        | "module"
                        | "struct"
                ));
        if go { Some(Language::Go) } else { language(word(Some(at))) }
    })
}

/// The language that a word names.
fn language(word: &str) -> Option<Language> {
    match word {
        "python" | "python3" | "py" | "flask" | "django" | "fastapi" | "pandas" => Some(Language::Python),
        "java" | "spring" | "servlet" | "jdbc" | "junit" => Some(Language::Java),
        "javascript" | "js" | "node" | "nodejs" | "express" | "expressjs" => Some(Language::JavaScript),
        "php" | "laravel" | "symfony" | "wordpress" => Some(Language::Php),
        "csharp" | "c#" | "dotnet" | ".net" | "aspnet" | "blazor" => Some(Language::CSharp),
        "ruby" | "rails" | "sinatra" => Some(Language::Ruby),
        "rust" | "actix" | "axum" | "rocket" => Some(Language::Rust),
        "bash" | "shell" | "zsh" => Some(Language::Bash),
        "golang" | "goroutine" | "goroutines" | "gorm" => Some(Language::Go),
        "typescript" | "ts" | "tsx" | "nestjs" | "angular" => Some(Language::TypeScript),
        "c" | "c89" | "c99" | "c11" | "ansi" | "posix" => Some(Language::C),
        "cpp" | "cpp11" | "cpp17" | "cpp20" | "cpp23" | "qt" | "arduino" => Some(Language::Cpp),
        _ => None,
    }
}
