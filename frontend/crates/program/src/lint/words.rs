/// The words of a name, in lower case: `NPM_TOKEN`, `npm-token`, `npm.token` and `npmToken` have two.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower = false;
    for c in name.chars() {
        let separator = !c.is_alphanumeric();
        if separator || lower && c.is_uppercase() {
            words.push(std::mem::take(&mut word));
        }
        if !separator {
            word.extend(c.to_lowercase());
        }
        lower = c.is_lowercase();
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}
