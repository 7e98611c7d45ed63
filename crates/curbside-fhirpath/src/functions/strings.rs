//! Text.

use std::borrow::Cow;

use data_encoding::{BASE64, BASE64URL, HEXLOWER, HEXLOWER_PERMISSIVE};
use regex::Regex;

use crate::evaluate::{Call, Evaluator, Result, pattern};
use crate::value::{Collection, Value};

type Text<'a> = Option<Cow<'a, str>>;

fn text<'a>(text: impl Into<Cow<'a, str>>) -> Collection<'a> {
    Value::String(text.into()).into()
}

/// The input and the first argument, where both are there.
fn both<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Option<(Cow<'a, str>, Cow<'a, str>)>> {
    let input: Text<'a> = call.input_text(evaluator)?;
    let argument = call.text(evaluator, 0)?;
    Ok(input.zip(argument))
}

/// The place of a character, counted in characters.
fn place<'a>(text: &str, byte: Option<usize>) -> Collection<'a> {
    let index = byte.map_or(Some(-1), |byte| i32::try_from(text.get(..byte)?.chars().count()).ok());
    index.map(Value::Integer).into()
}

pub(super) fn index_of<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(both(evaluator, call)?.map_or(Collection::Empty, |(input, part)| place(&input, input.find(&*part))))
}

pub(super) fn last_index_of<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(both(evaluator, call)?.map_or(Collection::Empty, |(input, part)| place(&input, input.rfind(&*part))))
}

pub(super) fn substring<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let Some(input) = call.input_text(evaluator)? else { return Ok(Collection::Empty) };
    let Some(start) = call.integer(evaluator, 0)?.and_then(|start| usize::try_from(start).ok()) else { return Ok(Collection::Empty) };
    let length = match call.integer(evaluator, 1)? {
        Some(length) => usize::try_from(length).unwrap_or(0),
        None => usize::MAX,
    };
    if start >= input.chars().count() {
        return Ok(Collection::Empty);
    }
    Ok(text(input.chars().skip(start).take(length).collect::<String>()))
}

pub(super) fn starts_with<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(both(evaluator, call)?.map(|(input, part)| input.starts_with(&*part)).into())
}

pub(super) fn ends_with<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(both(evaluator, call)?.map(|(input, part)| input.ends_with(&*part)).into())
}

pub(super) fn contains<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(both(evaluator, call)?.map(|(input, part)| input.contains(&*part)).into())
}

pub(super) fn upper<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    made(evaluator, call, |input| input.to_uppercase())
}

pub(super) fn lower<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    made(evaluator, call, |input| input.to_lowercase())
}

pub(super) fn trim<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    made(evaluator, call, |input| input.trim().to_owned())
}

fn made<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>, make: impl Fn(&str) -> String) -> Result<Collection<'a>> {
    let Some(input) = call.input_text(evaluator)? else { return Ok(Collection::Empty) };
    evaluator.charge_text(input.len(), call.span)?;
    Ok(text(make(&input)))
}

pub(super) fn replace<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let (found, with) = (both(evaluator, call)?, call.text(evaluator, 1)?);
    let Some(((input, part), with)) = found.zip(with) else { return Ok(Collection::Empty) };
    let times = if part.is_empty() { input.chars().count() + 1 } else { input.matches(&*part).count() };
    evaluator.charge_text(input.len().saturating_add(times.saturating_mul(with.len())), call.span)?;
    Ok(text(input.replace(&*part, &with)))
}

/// The pattern of the first argument: compiled with the plan, or now.
fn regex<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>, flags: usize) -> Result<Option<Cow<'a, Regex>>> {
    if let Some(pattern) = &call.invocation.pattern {
        return Ok(Some(Cow::Borrowed(pattern)));
    }
    let Some(wanted) = call.text(evaluator, 0)? else { return Ok(None) };
    let flags = call.text(evaluator, flags)?.unwrap_or_default();
    // Compiling is dear: it counts for as many steps as a pattern has characters, and more.
    evaluator.charge(1000 + wanted.len() as u64, call.span)?;
    pattern(&wanted, call.name() == "matchesFull", &flags)
        .map(|pattern| Some(Cow::Owned(pattern)))
        .map_err(|message| Evaluator::failure(call.span, message))
}

pub(super) fn matches<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let (input, regex) = (call.input_text(evaluator)?, regex(evaluator, call, 1)?);
    let Some((input, regex)) = input.zip(regex) else { return Ok(Collection::Empty) };
    evaluator.charge(input.len() as u64 / 16, call.span)?;
    Ok(regex.is_match(&input).into())
}

pub(super) fn matches_full<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    matches(evaluator, call)
}

pub(super) fn replace_matches<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let (input, regex, with) = (call.input_text(evaluator)?, regex(evaluator, call, 2)?, call.text(evaluator, 1)?);
    let Some(((input, regex), with)) = input.zip(regex).zip(with) else { return Ok(Collection::Empty) };
    if regex.as_str().is_empty() {
        return Ok(text(input));
    }
    let times = regex.find_iter(&input).count();
    evaluator.charge(input.len() as u64, call.span)?;
    evaluator.charge_text(input.len().saturating_add(times.saturating_mul(with.len().saturating_add(input.len()))), call.span)?;
    Ok(text(regex.replace_all(&input, &*with).into_owned()))
}

pub(super) fn length<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(call.input_text(evaluator)?.and_then(|input| i32::try_from(input.chars().count()).ok()).map(Value::Integer).into())
}

pub(super) fn to_chars<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let Some(input) = call.input_text(evaluator)? else { return Ok(Collection::Empty) };
    evaluator.charge_text(input.len(), call.span)?;
    let values: Collection<'a> = input.chars().map(|c| Value::String(c.to_string().into())).collect();
    evaluator.bounded(&values, call.span)?;
    Ok(values)
}

pub(super) fn split<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let Some((input, separator)) = both(evaluator, call)? else { return Ok(Collection::Empty) };
    if separator.is_empty() {
        return to_chars(evaluator, call);
    }
    evaluator.charge_text(input.len(), call.span)?;
    let values: Collection<'a> = input.split(&*separator).map(|part| Value::String(part.to_owned().into())).collect();
    evaluator.bounded(&values, call.span)?;
    Ok(values)
}

pub(super) fn join<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let separator = if call.has(0) { call.text(evaluator, 0)? } else { Some(Cow::Borrowed("")) };
    let Some(separator) = separator else { return Ok(Collection::Empty) };
    let mut joined = String::new();
    let mut parts = 0;
    for item in &call.input {
        let Some(part) = evaluator.string(&Collection::One(item.clone()), call.span, call.called_on())? else { continue };
        evaluator.charge_text(part.len() + separator.len(), call.span)?;
        if parts > 0 {
            joined.push_str(&separator);
        }
        joined.push_str(&part);
        parts += 1;
    }
    Ok(if parts == 0 { Collection::Empty } else { text(joined) })
}

fn unknown<'a>(call: &Call<'_, 'a>, what: &str, known: &str) -> Result<Collection<'a>> {
    Err(Evaluator::failure(call.span, format!("`{}` does not know `{what}`; it knows {known}", call.name())))
}

pub(super) fn encode<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let Some((input, format)) = both(evaluator, call)? else { return Ok(Collection::Empty) };
    evaluator.charge_text(input.len() * 2, call.span)?;
    match &*format {
        "hex" => Ok(text(HEXLOWER.encode(input.as_bytes()))),
        "base64" => Ok(text(BASE64.encode(input.as_bytes()))),
        "urlbase64" => Ok(text(BASE64URL.encode(input.as_bytes()))),
        other => unknown(call, other, "hex, base64 and urlbase64"),
    }
}

pub(super) fn decode<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let Some((input, format)) = both(evaluator, call)? else { return Ok(Collection::Empty) };
    evaluator.charge_text(input.len(), call.span)?;
    let bytes = match &*format {
        "hex" => HEXLOWER_PERMISSIVE.decode(input.as_bytes()),
        "base64" => BASE64.decode(input.as_bytes()),
        "urlbase64" => BASE64URL.decode(input.as_bytes()),
        other => return unknown(call, other, "hex, base64 and urlbase64"),
    };
    // What is no such encoding, or no text, has no answer.
    Ok(bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()).map(|decoded| Value::String(decoded.into())).into())
}

const HTML: &[(&str, &str)] = &[("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")];

pub(super) fn escape<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let Some((input, format)) = both(evaluator, call)? else { return Ok(Collection::Empty) };
    evaluator.charge_text(input.len() * 6, call.span)?;
    match &*format {
        "html" => Ok(text(HTML.iter().fold(input.into_owned(), |done, (plain, escaped)| done.replace(plain, escaped)))),
        "json" => {
            let mut escaped = String::new();
            crate::value::escape_inside(&input, &mut escaped);
            Ok(text(escaped))
        }
        other => unknown(call, other, "html and json"),
    }
}

pub(super) fn unescape<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let Some((input, format)) = both(evaluator, call)? else { return Ok(Collection::Empty) };
    evaluator.charge_text(input.len(), call.span)?;
    match &*format {
        // `&` comes last, so that `&amp;lt;` is `&lt;`.
        "html" => Ok(text(HTML.iter().rev().fold(input.into_owned(), |done, (plain, escaped)| done.replace(escaped, plain)))),
        "json" => Ok(text(crate::record::unescape(&input))),
        other => unknown(call, other, "html and json"),
    }
}
