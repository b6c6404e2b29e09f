//! A column of customer ids that grows row by row.

use std::collections::HashMap;

/// Customer ids: integers as long as all of them are written as integers are, texts otherwise.
pub(crate) enum Ids {
    Integers(Vec<u64>),
    /// Every distinct text once, with the rows referring to them.
    Texts {
        codes: Vec<u32>,
        known: HashMap<Box<str>, u32>,
    },
}

impl Ids {
    pub(crate) fn push(&mut self, text: &str) {
        if let Ids::Integers(ids) = self {
            match integer(text) {
                Some(id) => return ids.push(id),
                None => {
                    let mut texts = Ids::Texts { codes: Vec::with_capacity(ids.capacity()), known: HashMap::new() };
                    for id in std::mem::take(ids) {
                        texts.push(&id.to_string());
                    }
                    *self = texts;
                }
            }
        }
        if let Ids::Texts { codes, known } = self {
            let code = match known.get(text) {
                Some(&code) => code,
                None => {
                    let code = known.len() as u32;
                    known.insert(text.into(), code);
                    code
                }
            };
            codes.push(code);
        }
    }

    /// A place for a row whose id is missing: whatever stands there is not looked at.
    pub(crate) fn push_any(&mut self) {
        match self {
            Ids::Integers(ids) => ids.push(0),
            Ids::Texts { .. } => self.push(""),
        }
    }

    /// The text of every row.
    pub(crate) fn texts<'a>(codes: &[u32], known: &'a HashMap<Box<str>, u32>) -> Vec<&'a str> {
        let mut text_of = vec![""; known.len()];
        for (text, &code) in known {
            text_of[code as usize] = text;
        }
        codes.iter().map(|&code| text_of[code as usize]).collect()
    }

    pub(crate) fn reserve(&mut self, rows: usize) {
        match self {
            Ids::Integers(ids) => ids.reserve(rows),
            Ids::Texts { codes, .. } => codes.reserve(rows),
        }
    }
}

/// The integer that `text` is the usual way of writing: "7", but not "007" or "+7", which would read differently when printed.
fn integer(text: &str) -> Option<u64> {
    let canonical = text == "0" || (!text.starts_with(['0', '+']) && text.bytes().all(|byte| byte.is_ascii_digit()));
    if canonical { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_integers_are_integers() {
        for (text, expected) in [("0", Some(0)), ("42", Some(42)), ("18446744073709551615", Some(u64::MAX)), ("18446744073709551616", None)]
        {
            assert_eq!(integer(text), expected);
        }
        for text in ["007", "+7", "-7", "7a", "7.0", ""] {
            assert_eq!(integer(text), None, "{text}");
        }
    }

    #[test]
    fn ids_become_texts_as_soon_as_one_is() {
        let mut ids = Ids::Integers(Vec::new());
        for text in ["5", "12", "5", "A5", "12"] {
            ids.push(text);
        }
        let Ids::Texts { codes, known } = ids else { panic!("still integers") };
        assert_eq!(codes, [0, 1, 0, 2, 1]);
        assert_eq!(Ids::texts(&codes, &known), ["5", "12", "5", "A5", "12"]);
    }
}
