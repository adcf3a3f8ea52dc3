//! Case files: Markdown, cut into the text between blocks and the blocks, by case.
//!
//! In: the text of a file. Out: a [`Document`] that prints as the same text, byte for byte. Knows nothing of HLB.

use std::fmt;

#[derive(Clone, Debug)]
pub struct Document {
    /// What stands before the first heading.
    preface: Vec<Part>,
    pub cases: Vec<Case>,
}

/// A heading and what follows it, up to the next heading.
#[derive(Clone, Debug)]
pub struct Case {
    pub title: String,
    /// The heading's line, from 1.
    pub line: usize,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    /// Lines outside blocks, with their line feeds.
    Prose(String),
    Block(Block),
}

/// A fenced block.
#[derive(Clone, Debug)]
pub struct Block {
    /// The words after the opening fence.
    pub info: String,
    /// The lines inside, each with its line feed.
    pub text: String,
    /// The opening fence's line, from 1.
    pub line: usize,
    ticks: usize,
}

impl Document {
    /// Reads a case file; the error names the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut document = Self { preface: Vec::new(), cases: Vec::new() };
        let mut lines = text.split_inclusive('\n').enumerate();
        while let Some((index, line)) = lines.next() {
            let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
            if ticks >= 3 {
                let mut block = Block {
                    info: line[ticks..].trim().to_owned(),
                    text: String::new(),
                    line: index + 1,
                    ticks,
                };
                let fence = "`".repeat(ticks);
                loop {
                    match lines.next() {
                        None => return Err(format!("line {}: the block never ends", index + 1)),
                        Some((_, line)) if line.trim_end() == fence => break,
                        Some((_, line)) => block.text += line,
                    }
                }
                document.parts().push(Part::Block(block));
                continue;
            }
            if let Some(title) = heading(line) {
                let title = title.to_owned();
                document.cases.push(Case { title, line: index + 1, parts: Vec::new() });
            }
            match document.parts().last_mut() {
                Some(Part::Prose(prose)) => prose.push_str(line),
                _ => document.parts().push(Part::Prose(line.to_owned())),
            }
        }
        Ok(document)
    }

    fn parts(&mut self) -> &mut Vec<Part> {
        match self.cases.last_mut() {
            Some(case) => &mut case.parts,
            None => &mut self.preface,
        }
    }

    /// Blocks that belong to no case.
    pub fn stray(&self) -> impl Iterator<Item = &Block> {
        self.preface.iter().filter_map(Part::block)
    }
}

impl Case {
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.parts.iter().filter_map(Part::block)
    }

    pub fn blocks_mut(&mut self) -> impl Iterator<Item = &mut Block> {
        self.parts.iter_mut().filter_map(|part| match part {
            Part::Prose(_) => None,
            Part::Block(block) => Some(block),
        })
    }
}

impl Part {
    fn block(&self) -> Option<&Block> {
        match self {
            Self::Prose(_) => None,
            Self::Block(block) => Some(block),
        }
    }
}

impl Block {
    /// What the block is: the first word of its info.
    pub fn kind(&self) -> &str {
        self.info.split_whitespace().next().unwrap_or_default()
    }

    /// The words after the first.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.info.split_whitespace().skip(1)
    }

    /// Puts a text into the block, which ends in a line feed and can't end the block.
    pub fn replace(&mut self, text: &str) {
        self.text = text.to_owned();
        if !text.is_empty() && !text.ends_with('\n') {
            self.text.push('\n');
        }
        let fences = self.text.lines().filter(|line| line.starts_with("```"));
        let longest = fences.map(|line| line.bytes().take_while(|byte| *byte == b'`').count());
        self.ticks = self.ticks.max(longest.max().map_or(0, |ticks| ticks + 1));
    }
}

/// The text of an ATX heading.
fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    (1..=6).contains(&level).then_some(())?;
    text.strip_prefix(' ').map(str::trim)
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.preface.iter().chain(self.cases.iter().flat_map(|case| &case.parts));
        for part in parts {
            match part {
                Part::Prose(prose) => f.write_str(prose)?,
                Part::Block(Block { info, text, ticks, .. }) => {
                    let fence = "`".repeat(*ticks);
                    write!(f, "{fence}{info}\n{text}{fence}\n")?;
                }
            }
        }
        Ok(())
    }
}
