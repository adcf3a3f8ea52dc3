use std::borrow::Cow;
use std::cmp::Ordering;

use super::Fields;

/// What an expression of a template comes to.
#[derive(Clone, Debug)]
pub enum Value<'v> {
    /// All of the data.
    Fields(&'v Fields<'v>),
    Text(Cow<'v, str>),
    Int(i64),
    Bool(bool),
    /// A field that is not there.
    Nothing,
}

impl<'v> Value<'v> {
    /// Whether an `if` takes it for true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Fields(fields) => !fields.is_empty(),
            Self::Text(text) => !text.is_empty(),
            Self::Int(value) => *value != 0,
            Self::Bool(value) => *value,
            Self::Nothing => false,
        }
    }

    /// As Go prints it.
    pub fn shown(&self) -> Cow<'v, str> {
        match self {
            Self::Text(text) => text.clone(),
            Self::Int(value) => value.to_string().into(),
            Self::Bool(value) => value.to_string().into(),
            Self::Nothing => "<no value>".into(),
            Self::Fields(fields) => {
                let fields: Vec<_> =
                    fields.iter().map(|(name, value)| format!("{name}:{value}")).collect();
                format!("map[{}]", fields.join(" ")).into()
            }
        }
    }

    pub fn field(&self, name: &str) -> Result<Self, String> {
        match self {
            Self::Fields(fields) => Ok(fields.get(name).map_or(Self::Nothing, |it| Self::text(it))),
            Self::Nothing => Err(format!("field `{name}` of a field that is not there")),
            _ => Err(format!("field `{name}` of a value that has none")),
        }
    }

    pub fn text(text: &'v str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// The order of two values of one type; `None` if a field is not there.
    pub fn compare(&self, other: &Self) -> Result<Option<Ordering>, String> {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => Ok(Some(one.cmp(other))),
            (Self::Int(one), Self::Int(other)) => Ok(Some(one.cmp(other))),
            (Self::Bool(one), Self::Bool(other)) => Ok(Some(one.cmp(other))),
            (Self::Nothing, Self::Nothing) => Ok(Some(Ordering::Equal)),
            (Self::Nothing, _) | (_, Self::Nothing) => Ok(None),
            _ => Err("values of two types are compared".to_owned()),
        }
    }
}
