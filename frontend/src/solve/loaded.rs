use hlb_gateway::context::Loaded;
use hlb_program::module::Answer;

/// What became of a file, for the import that asked for it.
pub fn answer(loaded: &Loaded) -> Answer {
    match loaded {
        Loaded::Text(text) => Answer::Text(text.as_str().into()),
        Loaded::Missing => Answer::Missing,
        Loaded::NotAFile => Answer::Unreadable("it is a directory".to_owned()),
        Loaded::TooLarge => Answer::Unreadable("it is larger than 16 MiB".to_owned()),
        Loaded::NotText => Answer::Unreadable("it is not UTF-8".to_owned()),
    }
}
