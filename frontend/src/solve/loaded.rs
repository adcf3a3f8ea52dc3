use hlb_gateway::bridge::Unreadable;
use hlb_gateway::context::Loaded;
use hlb_program::module::Answer;

/// What became of a file, for the import that asked for it.
pub fn answer(loaded: &Loaded) -> Answer {
    match loaded {
        Loaded::Text(text) => Answer::Text(text.as_str().into()),
        Loaded::Unreadable(Unreadable::Missing) => Answer::Missing,
        Loaded::Unreadable(why) => Answer::Unreadable(format!("it {why}")),
        Loaded::NotText => Answer::Unreadable("it is not UTF-8".to_owned()),
    }
}
