//! A column of names.

use hashbrown::HashMap;

use crate::error::{Error, Result};

/// A name for every customer: region, industry, tier, segment. Holds the distinct names, the levels, once.
///
/// # Examples
/// ```
/// use crm_value::Labels;
/// let region = Labels::of(&["north", "south", "north"]);
/// assert_eq!(region.levels(), ["north", "south"]);
/// assert_eq!(region.codes(), [0, 1, 0]);
/// // Tiers are numbered already: give their names in order.
/// let tiers = Labels::from_codes(&["top", "middle", "basic"], &[2_u8, 0, 2])?;
/// assert_eq!(tiers.get(1), Some("top"));
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "stored::Labels", into = "stored::Labels"))]
pub struct Labels {
    levels: Vec<String>,
    codes: Vec<u32>,
}

impl Labels {
    /// The names of the customers, one each. The levels are the distinct names in alphabetical order (by their UTF-8 bytes), whatever the
    /// order of the rows. An empty text is a name like any other.
    pub fn of<S: AsRef<str>>(names: &[S]) -> Self {
        let mut seen: HashMap<&str, u32> = HashMap::new();
        let mut distinct: Vec<&str> = Vec::new();
        let mut codes: Vec<u32> = Vec::with_capacity(names.len());
        for name in names.iter().map(AsRef::as_ref) {
            codes.push(*seen.entry(name).or_insert_with(|| {
                distinct.push(name);
                distinct.len() as u32 - 1
            }));
        }
        let mut order: Vec<u32> = (0..distinct.len() as u32).collect();
        order.sort_unstable_by_key(|&code| distinct[code as usize]);
        let mut rank = vec![0; order.len()];
        for (position, &code) in (0..).zip(&order) {
            rank[code as usize] = position;
        }
        codes.iter_mut().for_each(|code| *code = rank[*code as usize]);
        Labels { levels: order.into_iter().map(|code| distinct[code as usize].to_owned()).collect(), codes }
    }

    /// Levels in an order of the caller's, and the position of every customer's level among them. Levels may be empty.
    ///
    /// # Errors
    /// [`Error::Labels`] if a name occurs twice or a code has no level.
    pub fn from_codes<S: AsRef<str>, C: Copy + Into<u32>>(levels: &[S], codes: &[C]) -> Result<Self> {
        let levels: Vec<String> = levels.iter().map(|level| level.as_ref().to_owned()).collect();
        let mut sorted: Vec<&String> = levels.iter().collect();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::Labels { reason: format!("the level `{}` occurs twice; levels need distinct names", pair[0]) });
        }
        let codes: Vec<u32> = codes.iter().map(|&code| code.into()).collect();
        if let Some((row, code)) = codes.iter().enumerate().find(|(_, code)| **code as usize >= levels.len()) {
            return Err(Error::Labels {
                reason: format!(
                    "row {row} has code {code}, but there are {} levels, counted from 0; correct the code or add the level",
                    levels.len()
                ),
            });
        }
        Ok(Labels { levels, codes })
    }

    /// The distinct names.
    pub fn levels(&self) -> &[String] {
        &self.levels
    }

    /// The position of every customer's name among the levels.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Number of customers.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there are no customers.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The name of customer `index`.
    pub fn get(&self, index: usize) -> Option<&str> {
        self.levels.get(*self.codes.get(index)? as usize).map(String::as_str)
    }

    /// Refuses labels of another number of customers than column `reference` has.
    pub(crate) fn check_length(&self, reference: &str, expected: usize) -> Result<()> {
        if self.len() == expected {
            return Ok(());
        }
        Err(Error::LengthMismatch { column: "labels".to_owned(), actual: self.len(), reference: reference.to_owned(), expected })
    }
}

#[cfg(feature = "serde")]
mod stored {
    use crate::error::{Error, Result};
    use crate::stored::{VERSION, check_version};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Labels {
        version: u32,
        levels: Vec<String>,
        codes: Vec<u32>,
    }

    impl From<super::Labels> for Labels {
        fn from(super::Labels { levels, codes }: super::Labels) -> Self {
            Labels { version: VERSION, levels, codes }
        }
    }

    impl TryFrom<Labels> for super::Labels {
        type Error = Error;

        fn try_from(Labels { version, levels, codes }: Labels) -> Result<Self> {
            check_version("labels", version)?;
            super::Labels::from_codes(&levels, &codes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_do_not_depend_on_the_rows() {
        let labels = Labels::of(&["b", "", "a", "b"]);
        assert_eq!((labels.levels(), labels.codes()), (&["".to_owned(), "a".to_owned(), "b".to_owned()][..], &[2, 0, 1, 2][..]));
        assert_eq!((labels.get(3), labels.get(4)), (Some("b"), None));
        assert!(Labels::of::<&str>(&[]).is_empty());
    }

    #[test]
    fn codes_are_checked() {
        assert!(matches!(Labels::from_codes(&["a", "b", "a"], &[0_u8]), Err(Error::Labels { .. })));
        assert!(matches!(Labels::from_codes(&["a"], &[0_u16, 1]), Err(Error::Labels { .. })));
        assert!(matches!(Labels::from_codes::<&str, u32>(&[], &[0]), Err(Error::Labels { .. })));
        assert!(Labels::from_codes::<&str, u32>(&[], &[]).is_ok_and(|labels| labels.is_empty()));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn labels_are_stored() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let labels = Labels::from_codes(&["top", "nobody", "basic"], &[2_u8, 0, 2])?;
        let json = serde_json::to_string(&labels)?;
        assert_eq!(json, r#"{"version":1,"levels":["top","nobody","basic"],"codes":[2,0,2]}"#);
        assert_eq!(serde_json::from_str::<Labels>(&json)?, labels);
        for (from, to, says) in [("[2,0,2]", "[2,3,2]", "row 1 has code 3"), ("nobody", "top", "twice"), (":1,", ":2,", "version 2")] {
            let error = serde_json::from_str::<Labels>(&json.replacen(from, to, 1)).map(|_| ()).map_err(|error| error.to_string());
            assert!(error.as_ref().is_err_and(|error| error.contains(says)), "{error:?} does not say {says}");
        }
        Ok(())
    }
}
