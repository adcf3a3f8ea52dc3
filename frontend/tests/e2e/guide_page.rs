//! `docs/caching.md`, taken apart.

const PAGE: &str = include_str!("../../../docs/caching.md");

/// The program in a section of the page.
pub fn program(title: &str) -> Result<String, String> {
    let section = section(title)?;
    let program = section.split_once("```hlb\n").and_then(|(_, rest)| rest.split_once("```"));
    let (program, _) = program.ok_or_else(|| format!("no program in section {title:?}"))?;
    Ok(program.to_owned())
}

/// The shell script in a section of the page.
pub fn script(title: &str) -> Result<String, String> {
    let script = section(title)?.split_once("```sh\n").and_then(|(_, rest)| rest.split_once("```"));
    let (script, _) = script.ok_or_else(|| format!("no script in section {title:?}"))?;
    Ok(script.to_owned())
}

/// What `docker buildx build` is given in each of the commands of a section.
pub fn builds(title: &str) -> Result<Vec<Vec<&'static str>>, String> {
    let builds = section(title)?.lines().filter_map(|line| line.split_once("docker buildx build "));
    let builds: Vec<Vec<_>> = builds.map(|(_, words)| words.split(' ').collect()).collect();
    if builds.is_empty() { Err(format!("no build in section {title:?}")) } else { Ok(builds) }
}

fn section(title: &str) -> Result<&'static str, String> {
    let sections = PAGE.split("\n## ").flat_map(|section| section.split("\n### "));
    let mut sections = sections.filter_map(|section| section.split_once('\n'));
    let section = sections.find(|(heading, _)| *heading == title);
    section.map(|(_, section)| section).ok_or_else(|| format!("no section {title:?}"))
}
