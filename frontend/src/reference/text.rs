use super::Entry;

/// Longest line, in characters, unless a word is longer.
const WIDTH: usize = 100;
const STEP: usize = 4;

/// The reference for eyes.
pub fn text(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        if !text.is_empty() {
            text.push('\n');
        }
        add(&mut text, entry, 0);
    }
    text
}

fn add(text: &mut String, entry: &Entry, indent: usize) {
    let signature = entry.signature();
    let below = indent + STEP;
    wrap(text, &signature.to_string(), indent, below + STEP);
    wrap(text, signature.doc, below, below);
    let params = signature.params.iter().map(|it| (it.name, it.doc));
    for (name, doc) in params.chain(signature.effects.iter().map(|it| (it.name, it.doc))) {
        wrap(text, &format!("{name}: {doc}"), below, below + STEP);
    }
    if let Some(equivalent) = signature.equivalent() {
        wrap(text, &format!("In a Dockerfile: {equivalent}"), below, below + STEP);
    }
    if let Some(needs) = entry.needs() {
        wrap(text, &format!("Needs {needs}"), below, below + STEP);
    }
    if !entry.is_supported() {
        wrap(text, "Not supported yet", below, below);
    }
    for option in &entry.options {
        add(text, option, below);
    }
}

/// Adds a text in lines of at most [`WIDTH`] characters, the first of them indented by `first`, the others by `rest`.
fn wrap(text: &mut String, words: &str, first: usize, rest: usize) {
    let mut column = first;
    text.extend(std::iter::repeat_n(' ', first));
    for (index, word) in words.split(' ').enumerate() {
        let length = word.chars().count();
        if index > 0 && column + 1 + length > WIDTH {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', rest));
            column = rest;
        } else if index > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_end_before_the_width() {
        let mut text = String::new();
        let words = ["word"; 40].join(" ");
        wrap(&mut text, &words, 2, 4);
        assert!(text.lines().all(|line| line.len() <= 100), "{text}");
        assert_eq!(text.lines().count(), 3);
        assert!(text.lines().skip(1).all(|line| line.starts_with("    word")), "{text}");
        assert_eq!(text.split_whitespace().count(), 40);
    }
}
