//! The words of an expression.

use crate::error::{Error, Span};
use crate::value::Temporal;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A bare word: a name, a keyword or an operator in letters.
    Word(String),
    /// A name in backticks: never a keyword.
    Quoted(String),
    String(String),
    Number(String),
    Date(Temporal),
    DateTime(Temporal),
    Time(Temporal),
    /// `$this`, `$index`, `$total`, without the sign.
    Dollar(String),
    /// An operator or a bracket.
    Sign(&'static str),
    End,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spanned {
    pub(crate) token: Token,
    pub(crate) span: Span,
}

/// Longest first, so that `<=` is not read as `<`.
const SIGNS: &[&str] =
    &["<=", ">=", "!=", "!~", "(", ")", "[", "]", "{", "}", ".", ",", "+", "-", "*", "/", "&", "|", "<", ">", "=", "~", "%"];

/// Cuts a text into tokens; the last is always [`Token::End`]. Text longer than 4 GiB is cut off.
pub(crate) fn tokens(text: &str, errors: &mut Vec<Error>) -> Vec<Spanned> {
    let mut lexer = Lexer { text, at: 0, errors };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks();
        let start = lexer.at;
        let Some(token) = lexer.next() else { continue };
        let end = token == Token::End;
        tokens.push(Spanned { token, span: span(start, lexer.at) });
        if end {
            return tokens;
        }
    }
}

fn span(start: usize, end: usize) -> Span {
    Span::new(u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX))
}

struct Lexer<'t, 'e> {
    text: &'t str,
    at: usize,
    errors: &'e mut Vec<Error>,
}

impl<'t> Lexer<'t, '_> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            if self.rest().starts_with("//") {
                self.take_while(|c| c != '\n' && c != '\r');
            } else if let Some(comment) = self.rest().strip_prefix("/*") {
                match comment.find("*/") {
                    Some(length) => self.at += length + 4,
                    None => {
                        let at = span(self.at, self.at + 2);
                        self.errors.push(Error::syntax(at, "this comment has no end").help("write `*/` where it ends".to_owned()));
                        self.at = self.text.len();
                    }
                }
            } else {
                return;
            }
        }
    }

    /// The next token; `None` where a character was skipped.
    fn next(&mut self) -> Option<Token> {
        let start = self.at;
        let Some(first) = self.rest().chars().next() else { return Some(Token::End) };
        Some(match first {
            '\'' => Token::String(self.quoted('\'')),
            '`' => Token::Quoted(self.quoted('`')),
            '@' => return self.temporal(),
            '$' => {
                self.at += 1;
                Token::Dollar(self.take_while(is_name).to_owned())
            }
            c if c.is_ascii_digit() => Token::Number(self.number()),
            c if c.is_alphabetic() || c == '_' => Token::Word(self.take_while(is_name).to_owned()),
            _ => {
                if let Some(sign) = SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) {
                    self.at += sign.len();
                    return Some(Token::Sign(sign));
                }
                self.at += first.len_utf8();
                let help = match first {
                    '"' => Some("a string is written in single quotes, a name in backticks".to_owned()),
                    '!' => Some("write `.not()`, `!=` or `!~`".to_owned()),
                    _ => None,
                };
                self.errors.push(Error::syntax(span(start, self.at), format!("unexpected character `{first}`")).help(help));
                return None;
            }
        })
    }

    fn number(&mut self) -> String {
        let mut number = self.take_while(|c| c.is_ascii_digit()).to_owned();
        let fraction = self.rest().strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if fraction {
            self.at += 1;
            number.push('.');
            number.push_str(self.take_while(|c| c.is_ascii_digit()));
        }
        number
    }

    fn temporal(&mut self) -> Option<Token> {
        let start = self.at;
        let literal = self.rest().get(1..).unwrap_or_default();
        let (token, length) = if let Some(time) = literal.strip_prefix('T') {
            let length = time.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(time.len());
            let time = time.get(..length).unwrap_or_default();
            let time = time.strip_suffix('.').unwrap_or(time);
            // `@T10:30.precision()`: the dot belongs to what follows.
            let after = literal.get(time.len() + 1..).unwrap_or_default();
            let offset = after.strip_prefix(['+', '-']).is_some_and(|rest| rest.get(2..3) == Some(":"));
            if after.starts_with('Z') || offset {
                self.errors.push(Error::syntax(span(start, start + 2 + time.len()), "a time has no time zone"));
            }
            (Temporal::time(time).map(Token::Time), time.len() + 2)
        } else {
            let (length, has_time) = Temporal::literal_length(literal);
            let body = literal.get(..length).unwrap_or_default();
            let parsed = if has_time { Temporal::date_time(body).map(Token::DateTime) } else { Temporal::date(body).map(Token::Date) };
            (parsed, length + 1)
        };
        self.at = start + length.max(1);
        if token.is_none() {
            let wrong = self.text.get(start..self.at).unwrap_or_default();
            let help = "write `@2026-11-23`, `@2026-11-23T10:30:00Z` or `@T10:30`".to_owned();
            self.errors.push(Error::syntax(span(start, self.at), format!("`{wrong}` is no date or time")).help(help));
            // Stands in for it, so that what follows is still read.
            return Some(Token::String(String::new()));
        }
        token
    }

    /// What stands between two quotes, with its escapes resolved.
    fn quoted(&mut self, quote: char) -> String {
        let start = self.at;
        self.at += 1;
        let mut found = String::new();
        loop {
            let part = self.take_while(|c| c != quote && c != '\\');
            found.push_str(part);
            let mut rest = self.rest().chars();
            match (rest.next(), rest.next()) {
                (Some('\\'), Some(escaped)) => {
                    self.at += 1 + escaped.len_utf8();
                    self.escape(escaped, &mut found);
                }
                (Some('\\'), None) => self.at += 1,
                (Some(_), _) => {
                    self.at += 1;
                    return found;
                }
                (None, _) => {
                    let what = if quote == '`' { "this name has no closing backtick" } else { "this string has no closing quote" };
                    self.errors.push(Error::syntax(span(start, start + 1), what));
                    return found;
                }
            }
        }
    }

    fn escape(&mut self, escaped: char, found: &mut String) {
        let plain = match escaped {
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '\\' | '/' | '\'' | '"' | '`' => escaped,
            'u' => {
                let code = self.rest().get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
                let Some(code) = code else {
                    self.errors.push(Error::syntax(span(self.at - 2, self.at), "`\\u` needs four hexadecimal digits"));
                    return;
                };
                self.at += 4;
                // A pair of surrogates is one character; half a pair is none.
                let low = || self.rest().strip_prefix("\\u")?.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
                match (code, low()) {
                    (0xD800..0xDC00, Some(low @ 0xDC00..0xE000)) => {
                        self.at += 6;
                        char::from_u32(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)).unwrap_or(char::REPLACEMENT_CHARACTER)
                    }
                    _ => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
                }
            }
            other => {
                let at = span(self.at - 1 - other.len_utf8(), self.at);
                self.errors
                    .push(Error::syntax(at, format!("unknown escape `\\{other}`")).help("a backslash itself is written `\\\\`".to_owned()));
                other
            }
        };
        found.push(plain);
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
