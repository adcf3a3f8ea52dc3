//! `docs/options.md`: the reference page of the frontend options, printed from their table.

use std::fs;
use std::path::Path;

use hlb_gateway::options::{Key, ROWS, Row};

/// Where the rows begin: what stands above is written by hand.
const HEAD: &str = "| option | value | meaning |\n| --- | --- | --- |\n";

#[test]
fn the_page_lists_every_option() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/options.md");
    let page = fs::read_to_string(&path).expect("the page");
    let (above, rows) = page.split_once(HEAD).expect("a table with this head");
    let printed: String = ROWS.iter().map(row).collect();
    match rows == printed {
        true => {}
        false if update() => {
            fs::write(&path, format!("{above}{HEAD}{printed}")).expect("written");
        }
        false => panic!("docs/options.md should list:\n{printed}\nUPDATE_EXPECT=1 does that."),
    }
}

fn row(row: &Row) -> String {
    let key = match row.key {
        Key::Exact(key) => format!("`{key}`"),
        Key::Prefix(prefix) => format!("`{prefix}`*NAME*"),
    };
    format!("| {key} | {} | {} |\n", row.value, row.doc)
}

#[expect(clippy::disallowed_methods, reason = "the switch that rewrites it is the environment's")]
fn update() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}
