//! JSON as Go's `encoding/json` reads it into a struct.
//!
//! Images are made by Go programs and read by them, so their configs are what Go takes for one: `null` is the value that a
//! field has anyway, keys fit in any case, a key may stand twice, and a broken escape is U+FFFD. What a type does not
//! name is passed over, however deep or large it is. Go 1.25, `encoding/json/decode.go`.

use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::value::RawValue;

/// Why a text is not JSON of the shape that is asked for: what is wrong, and in which field.
#[derive(Debug, PartialEq, Eq)]
pub struct GoJsonError {
    /// The keys and indices on the way there, the innermost first.
    path: Vec<String>,
    problem: String,
}

/// Reads JSON as Go reads it.
///
/// # Errors
/// If it is no JSON, or a value has another type than the field that it is for.
pub fn from_slice<T: DeserializeOwned>(json: &[u8]) -> Result<T, GoJsonError> {
    // Outside of a string, a replaced byte is as wrong as it was before.
    let text = String::from_utf8_lossy(json);
    T::deserialize(Value::of(serde_json::from_str(&text)?))
}

/// A value, as often as its key occurs.
struct Value<'de>(Vec<&'de RawValue>);

/// What a value begins with says what it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl<'de> Value<'de> {
    fn of(raw: &'de RawValue) -> Self {
        Self(vec![raw])
    }

    /// A field of a plain type: `null` leaves it as it is.
    fn plain(&self, wanted: &str, kind: Type) -> Result<Option<&'de RawValue>, GoJsonError> {
        self.each(wanted, kind).try_fold(None, |_, found| found.map(Some))
    }

    /// The occurrences that are not `null`.
    fn each(
        &self,
        wanted: &str,
        kind: Type,
    ) -> impl Iterator<Item = Result<&'de RawValue, GoJsonError>> {
        let given = self.0.iter().copied().filter(|it| type_of(it) != Type::Null);
        given.map(move |it| match type_of(it) {
            found if found == kind => Ok(it),
            found => Err(GoJsonError::custom(format!("expected {wanted}, found {found}"))),
        })
    }

    /// A field that can be without a value: `null` takes away what it had before.
    fn since_null(self) -> Self {
        let rest = self.0.rsplit(|it| type_of(it) == Type::Null).next();
        Self(rest.unwrap_or_default().to_vec())
    }

    /// The members of an object; those of one that occurs again come after.
    fn members(&self) -> Result<Vec<(String, &'de RawValue)>, GoJsonError> {
        let mut members = Vec::new();
        for object in self.each("an object", Type::Object) {
            members.append(&mut serde_json::from_str::<Members<'_>>(object?.get())?.0);
        }
        members.into_iter().map(|(key, value)| Ok((text(key)?, value))).collect()
    }
}

fn type_of(raw: &RawValue) -> Type {
    match raw.get().bytes().next() {
        Some(b'{') => Type::Object,
        Some(b'[') => Type::Array,
        Some(b'"') => Type::String,
        Some(b't' | b'f') => Type::Bool,
        Some(b'n') | None => Type::Null,
        Some(_) => Type::Number,
    }
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = GoJsonError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, GoJsonError> {
        Err(GoJsonError::custom("its type is not known"))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, GoJsonError> {
        let found = self.plain("`true` or `false`", Type::Bool)?;
        visitor.visit_bool(found.is_some_and(|it| it.get() == "true"))
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, GoJsonError> {
        const WANTED: &str = "an integer of 64 bits";
        let Some(found) = self.plain(WANTED, Type::Number)? else { return visitor.visit_i64(0) };
        let value = found.get().parse();
        visitor.visit_i64(value.map_err(|_| GoJsonError::custom(format!("expected {WANTED}")))?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, GoJsonError> {
        let found = self.plain("a string", Type::String)?;
        visitor.visit_string(found.map(text).transpose()?.unwrap_or_default())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, GoJsonError> {
        let rest = self.since_null();
        if rest.0.is_empty() { visitor.visit_none() } else { visitor.visit_some(rest) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, GoJsonError> {
        let list = self.since_null().plain("a list", Type::Array)?;
        let list = list.map(|it| serde_json::from_str::<Vec<&RawValue>>(it.get())).transpose()?;
        let elements = list.unwrap_or_default().into_iter().enumerate();
        visitor.visit_seq(Elements(elements))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, GoJsonError> {
        let members = self.since_null().members()?;
        let members = members.into_iter().map(|(key, value)| (key, Value::of(value)));
        visitor.visit_map(Fields { rest: members, value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, GoJsonError> {
        let mut found: Vec<(&'static str, Value<'de>)> = Vec::new();
        for (key, value) in self.members()? {
            let field = fields.iter().find(|field| **field == key);
            let field = field.or_else(|| fields.iter().find(|it| it.eq_ignore_ascii_case(&key)));
            let Some(field) = field else { continue };
            match found.iter_mut().find(|(name, _)| name == field) {
                Some((_, before)) => before.0.push(value),
                None => found.push((field, Value::of(value))),
            }
        }
        visitor.visit_map(Fields { rest: found.into_iter(), value: None })
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 f64 char str bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct enum identifier ignored_any
    }
}

/// The elements of a list, with their indices.
struct Elements<I>(I);

impl<'de, I: Iterator<Item = (usize, &'de RawValue)>> SeqAccess<'de> for Elements<I> {
    type Error = GoJsonError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, GoJsonError> {
        let Some((index, element)) = self.0.next() else { return Ok(None) };
        let element = seed.deserialize(Value::of(element));
        element.map(Some).map_err(|error| error.within(format!("[{index}]")))
    }
}

/// The members of an object, or those of them that a type names.
struct Fields<'de, I, K> {
    rest: I,
    /// The member whose key was read.
    value: Option<(K, Value<'de>)>,
}

impl<'de, K, I> MapAccess<'de> for Fields<'de, I, K>
where
    K: AsRef<str> + Clone + IntoDeserializer<'de, GoJsonError>,
    I: Iterator<Item = (K, Value<'de>)>,
{
    type Error = GoJsonError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, GoJsonError> {
        self.value = self.rest.next();
        let key = self.value.as_ref().map(|(key, _)| key.clone());
        key.map(|key| seed.deserialize(key.into_deserializer())).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, GoJsonError> {
        let Some((key, value)) = self.value.take() else {
            return Err(GoJsonError::custom("a value without a key"));
        };
        seed.deserialize(value).map_err(|error| error.within(key.as_ref().to_owned()))
    }
}

/// The members of an object, as they stand there.
struct Members<'de>(Vec<(&'de RawValue, &'de RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Visit)
    }
}

/// The text of a string, half a surrogate pair being U+FFFD.
fn text(raw: &RawValue) -> Result<String, GoJsonError> {
    struct Visit;

    impl Visitor<'_> for Visit {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        /// The bytes are UTF-8, in which a half has three bytes, none of them right.
        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
            let mut text = String::with_capacity(bytes.len());
            for chunk in bytes.utf8_chunks() {
                text.push_str(chunk.valid());
                if chunk.invalid().first().is_some_and(|first| *first >= 0xC0) {
                    text.push(char::REPLACEMENT_CHARACTER);
                }
            }
            Ok(text)
        }
    }

    Ok(serde_json::Deserializer::from_str(raw.get()).deserialize_bytes(Visit)?)
}

impl GoJsonError {
    /// The same, of the value of a key or an index.
    fn within(mut self, step: String) -> Self {
        self.path.push(step);
        self
    }
}

impl serde::de::Error for GoJsonError {
    fn custom<T: fmt::Display>(problem: T) -> Self {
        Self { path: Vec::new(), problem: problem.to_string() }
    }
}

impl From<serde_json::Error> for GoJsonError {
    fn from(error: serde_json::Error) -> Self {
        Self::custom(error)
    }
}

impl fmt::Display for GoJsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.path.iter().rev().enumerate() {
            let dot = if index == 0 || step.starts_with('[') { "" } else { "." };
            write!(f, "{dot}{step}")?;
        }
        let colon = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{colon}{}", self.problem)
    }
}

impl std::error::Error for GoJsonError {}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "`null`",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "a list",
            Self::Object => "an object",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Shape {
        text: String,
        list: Vec<String>,
        map: BTreeMap<String, String>,
        inner: Option<Box<Shape>>,
        number: i64,
        flag: bool,
    }

    fn read(json: &str) -> Result<Shape, String> {
        from_slice(json.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn null_is_the_value_that_a_field_has() {
        assert_eq!(read("null"), Ok(Shape::default()));
        let nulls =
            r#"{"Text":null,"List":null,"Map":null,"Inner":null,"Number":null,"Flag":null}"#;
        assert_eq!(read(nulls), Ok(Shape::default()));
        let within = read(r#"{"List":["a",null],"Map":{"a":null}}"#).expect("valid");
        assert_eq!(within.list, ["a", ""]);
        assert_eq!(within.map["a"], "");
    }

    #[test]
    fn keys_fit_in_any_case_and_may_stand_twice() {
        let twice = r#"{"text":"a","TEXT":"b","Text":null,"list":["a","b"],"List":["c"],
            "MAP":{"a":"1","b":"2"},"map":{"b":"3"},"inner":{"text":"a"},"Inner":{"flag":true}}"#;
        let found = read(twice).expect("valid");
        assert_eq!((found.text.as_str(), found.list), ("b", vec!["c".to_owned()]));
        let map = [("a", "1"), ("b", "3")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(found.map, BTreeMap::from(map));
        let inner = found.inner.expect("is there");
        assert_eq!((inner.text.as_str(), inner.flag), ("a", true));
        let gone = read(r#"{"List":["a"],"List":null,"Inner":{"text":"a"},"Inner":null}"#);
        assert_eq!(gone, Ok(Shape::default()));
    }

    #[test]
    fn text_that_is_no_unicode_is_replaced() {
        let found = read(r#"{"Map":{"\ud800":"\udc00x\ud83d\ude00"},"Text":"\ud800\ud800"}"#);
        let found = found.expect("valid");
        assert_eq!(found.map["\u{fffd}"], "\u{fffd}x\u{1f600}");
        assert_eq!(found.text, "\u{fffd}\u{fffd}");
        let bytes: Shape = from_slice(b"{\"Text\":\"\xff\"}").expect("valid");
        assert_eq!(bytes.text, "\u{fffd}");
    }

    #[test]
    fn what_is_not_asked_for_is_passed_over() {
        let deep = format!(r#"{{"x":{}{},"Text":"a"}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(&deep).expect("valid").text, "a");
        let large = r#"{"x":1e999,"y":123456789012345678901234567890,"Text":"a"}"#;
        assert_eq!(read(large).expect("valid").text, "a");
    }

    #[test]
    fn other_types_are_errors_that_say_where() {
        for (json, error) in [
            (r#"{"Text":1}"#, "Text: expected a string, found a number"),
            (r#"{"text":1,"Text":"a"}"#, "Text: expected a string, found a number"),
            (r#"{"List":"a"}"#, "List: expected a list, found a string"),
            (r#"{"List":["a",{}]}"#, "List[1]: expected a string, found an object"),
            (r#"{"Map":{"a":[]}}"#, "Map.a: expected a string, found a list"),
            (r#"{"Inner":{"Flag":"x"}}"#, "Inner.Flag: expected `true` or `false`, found a string"),
            (r#"{"Number":1e30}"#, "Number: expected an integer of 64 bits"),
            ("[]", "expected an object, found a list"),
        ] {
            assert_eq!(read(json), Err(error.to_owned()), "{json}");
        }
        assert!(read("").is_err() && read("{").is_err() && read("{}x").is_err());
    }
}
